import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** Longer than any answer takes on a busy machine. */
const PATIENCE_MS = 30_000;
const SOCKETS_MAX = 32;

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The server was gone before the whole answer had come. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/** A program that speaks to a server process, as an operator when it has a key. */
export class Client implements Disposable {
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });

  constructor(origin: string, adminKey?: string) {
    this.#origin = origin;
    this.#headers = adminKey === undefined ? {} : { authorization: `Bearer ${adminKey}` };
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return await this.#ask('GET', path, undefined, headers);
  }

  /** Asks for a JSON object, and insists on getting one. */
  async json<T>(path: string): Promise<T> {
    const { status, text } = await this.get(path);
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text}`);
    return JSON.parse(text) as T;
  }

  async post(
    path: string,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    return await this.#ask('POST', path, JSON.stringify(body), headers);
  }

  async patch(path: string, body: object): Promise<Reply> {
    return await this.#ask('PATCH', path, JSON.stringify(body), {});
  }

  /** Opens a stream of events and gives the response as it begins. */
  async open(
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<IncomingMessage> {
    return await new Promise((resolve, reject) => {
      const options = { headers: { ...this.#headers, ...headers }, agent: false as const };
      request(`${this.#origin}${path}`, options, resolve).on('error', reject).end();
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #ask(
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Reply> {
    const options = {
      method,
      agent: this.#agent,
      timeout: PATIENCE_MS,
      headers: {
        ...this.#headers,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    };
    return await new Promise((resolve, reject) => {
      const call = request(`${this.#origin}${path}`, options, (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        res.once('error', () => reject(new Unanswered(`${method} ${path}`)));
        res.once('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
      });
      call.once('timeout', () => call.destroy());
      call.once('error', () => reject(new Unanswered(`${method} ${path}`)));
      call.end(body);
    });
  }
}

/** The path of one of our public URLs, which stand under another origin than the test's. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}
