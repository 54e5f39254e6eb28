import { type K1, parseHex32 } from '../../src/hex.ts';

/** What the server answers to `POST /login/start`. */
export interface StartedLogin {
  readonly url: string;
  readonly lnurl: string;
  readonly lud17: string;
  readonly qr: string;
  readonly expiresAt: string;
  readonly expiresInSeconds: number;
}

/** A browser that shows the login page: it keeps cookies and says where its requests come from. */
export class LoginBrowser {
  readonly cookies = new Map<string, string>();
  readonly #server: string;
  readonly #page: string;

  /** `server` is where the bytes go, `page` the origin that the browser believes to be on. */
  constructor(server: string, page: string) {
    this.#server = server;
    this.#page = page;
  }

  async get(path: string, signal?: AbortSignal): Promise<Response> {
    return await this.#ask(path, signal ? { signal } : {});
  }

  /** Posts as the login page does; `from` says where it comes from instead. */
  async post(
    path: string,
    from: Readonly<Record<string, string>> = {
      origin: this.#page,
      'sec-fetch-site': 'same-origin',
    },
  ): Promise<Response> {
    return await this.#ask(path, { method: 'POST', headers: { ...from } });
  }

  /** Begins a login and reads its k1 from the URL, as a wallet would. */
  async begin(): Promise<StartedLogin & { readonly k1: K1 }> {
    const answer = await this.post('/login/start');
    const started: StartedLogin = JSON.parse(await answer.text());
    const k1 = parseHex32<K1>(new URL(started.url).searchParams.get('k1') ?? '');
    if (!k1) throw new Error(`no login was begun: ${answer.status}`);
    return { ...started, k1 };
  }

  async #ask(path: string, init: RequestInit & { headers?: Record<string, string> }) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...init.headers, ...(cookie !== '' && { cookie }) };
    const answer = await fetch(this.#server + path, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    return answer;
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/;\s*max-age=0(?:;|$)/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
