import type { Clock } from '../clock.ts';
import type { LinkingKey } from '../hex.ts';
import { base32, type Random } from '../random.ts';
import type { Login } from './login.ts';
import type { Logins } from './logins.ts';
import { tokenHash } from './tokens.ts';

/** Who is signed in with a browser, until when. Times are milliseconds since 1970. */
export interface Session {
  readonly linkingKey: LinkingKey;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A session that is about to be kept: the key comes from the login that it stands on. */
export interface NewSession {
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Of the session that it takes the place of. */
  readonly formerHash: string | undefined;
}

/** What sessions need of the store. */
export interface SessionStore {
  /** Uses up the login of this browser that was verified after the moment; undefined if there is none. */
  open(
    browserHash: string,
    verifiedAfter: number,
    session: NewSession,
  ): Promise<Session | undefined>;
  find(hash: string): Promise<Session | undefined>;
  remove(hash: string): Promise<void>;
  /** Takes out at most `limit` sessions that ended before the moment. */
  removeEnded(endedBefore: number, limit: number): Promise<number>;
}

interface Parts {
  readonly store: SessionStore;
  readonly logins: Logins;
  readonly clock: Clock;
  readonly random: Random;
}

const SECRET_BYTES = 32;
const MINUTE_MS = 60_000;

/** The page asks at once; a phone that was away in its wallet asks when its owner comes back. */
export const CLAIM_LIFE_MS = 10 * MINUTE_MS;
export const SESSION_LIFE_MS = 12 * 60 * MINUTE_MS;
const REMOVE_AT_ONCE = 500;

/**
 * Binds logins to browsers. A browser gets a secret with its login and another one with its session;
 * the store knows their SHA-256 only. Both are made here and never taken from a request, so that a
 * secret planted by somebody else is worth nothing, and k1, which anyone may read from the screen,
 * opens nothing.
 */
export class Sessions {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A login for a browser; the one that it waited for until now is given up. */
  async begin(formerSecret: string | undefined): Promise<{ login: Login; secret: string }> {
    const secret = this.#newSecret();
    const formerHash = formerSecret === undefined ? undefined : tokenHash(formerSecret);
    const browser = { hash: tokenHash(secret), formerHash };
    return { login: await this.#parts.logins.create({ browser }), secret };
  }

  /** The login that the browser with this secret began. */
  async begun(secret: string): Promise<Login | undefined> {
    return await this.#parts.logins.byBrowser(tokenHash(secret));
  }

  /** Turns a verified login into a session, once; undefined when there is nothing to turn. */
  async open(
    loginSecret: string,
    formerSessionSecret: string | undefined,
  ): Promise<{ session: Session; secret: string } | undefined> {
    const { store, clock } = this.#parts;
    const secret = this.#newSecret();
    const now = clock.now();
    const session = await store.open(tokenHash(loginSecret), now - CLAIM_LIFE_MS, {
      hash: tokenHash(secret),
      createdAt: now,
      expiresAt: now + SESSION_LIFE_MS,
      formerHash: formerSessionSecret === undefined ? undefined : tokenHash(formerSessionSecret),
    });
    return session && { session, secret };
  }

  async find(secret: string): Promise<Session | undefined> {
    const session = await this.#parts.store.find(tokenHash(secret));
    return session && this.#parts.clock.now() < session.expiresAt ? session : undefined;
  }

  async end(secret: string): Promise<void> {
    await this.#parts.store.remove(tokenHash(secret));
  }

  /** A chore: ended sessions are not kept. */
  async removeEnded(now: number): Promise<void> {
    const { store } = this.#parts;
    while ((await store.removeEnded(now, REMOVE_AT_ONCE)) === REMOVE_AT_ONCE);
  }

  #newSecret(): string {
    return base32(this.#parts.random(SECRET_BYTES));
  }
}
