import type { Request, Response } from 'express';
import { LOGIN_LIFE_MS } from '../../accounts/logins.ts';
import { CLAIM_LIFE_MS, SESSION_LIFE_MS } from '../../accounts/sessions.ts';

/** What a browser keeps for us: the secret of the login that it began, and that of its session. */
export type LoginCookie = 'login' | 'session';

const LIFE_MS: Readonly<Record<LoginCookie, number>> = {
  login: LOGIN_LIFE_MS + CLAIM_LIFE_MS,
  session: SESSION_LIFE_MS,
};

const SECRET = /^[a-z2-7]{52}$/;
const SECOND_MS = 1000;

/**
 * Cookies of the login host. Over https they have the prefix `__Host-`, which costs them the path but
 * keeps a neighbouring sub-domain from planting one; over http (an onion, this machine) they cannot.
 */
export class LoginCookies {
  readonly #prefix: string;
  readonly #attributes: string;

  constructor(authOrigin: string) {
    const secure = authOrigin.startsWith('https:');
    this.#prefix = secure ? '__Host-boltgate-' : 'boltgate-';
    this.#attributes = `HttpOnly; SameSite=Lax; ${secure ? 'Path=/; Secure' : 'Path=/login'}`;
  }

  /** The secret that the browser sent; two different ones are none, for one of them was planted. */
  read(req: Request, cookie: LoginCookie): string | undefined {
    const start = `${this.#prefix}${cookie}=`;
    const values = (req.headers.cookie ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(start))
      .map((pair) => pair.slice(start.length));
    const [value, ...others] = new Set(values);
    return value !== undefined && others.length === 0 && SECRET.test(value) ? value : undefined;
  }

  set(res: Response, cookie: LoginCookie, secret: string): void {
    this.#write(res, cookie, secret, LIFE_MS[cookie] / SECOND_MS);
  }

  clear(res: Response, cookie: LoginCookie): void {
    this.#write(res, cookie, '', 0);
  }

  #write(res: Response, cookie: LoginCookie, value: string, lifeSeconds: number): void {
    const pair = `${this.#prefix}${cookie}=${value}`;
    res.append('set-cookie', `${pair}; Max-Age=${lifeSeconds}; ${this.#attributes}`);
  }
}
