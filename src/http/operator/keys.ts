import { createHash, timingSafeEqual } from 'node:crypto';
import { RequestError } from '../../errors.ts';
import type { OperatorQuery } from './query.ts';

/** Who asked. */
export interface Caller {
  readonly apiKeyId: string;
  /** The key itself, with which a kept answer is sealed. */
  readonly apiKey: string;
}

/** Id of the key that the configuration names. */
const ADMIN_KEY_ID = 'key_admin';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Names under which people put a key into a URL, without case, `-` and `_`. */
const KEY_PARAMETERS: ReadonlySet<string> = new Set([
  'key',
  'apikey',
  'adminkey',
  'xapikey',
  'token',
  'apitoken',
  'accesstoken',
  'accesskey',
  'authtoken',
  'auth',
  'authorization',
  'bearer',
  'bearertoken',
  'secret',
]);

/** The keys that open the operator's API. */
export class OperatorKeys {
  readonly #adminDigest: Uint8Array;

  constructor(adminKey: string) {
    this.#adminDigest = digest(adminKey);
  }

  /** The holder of the key in an `Authorization` header. Throws `unauthorized` without one. */
  callerOf(authorization: string | undefined): Caller {
    const apiKey = BEARER.exec(authorization ?? '')?.[1];
    if (apiKey === undefined || !this.#isAdmin(apiKey)) {
      throw unauthorized('Send an API key as "Authorization: Bearer <key>"');
    }
    return { apiKeyId: ADMIN_KEY_ID, apiKey };
  }

  /** FC-28: a key in a URL ends up in logs and histories, so it never opens anything. */
  assertNoneIn(query: OperatorQuery): void {
    for (const [name, value] of query.entries()) {
      if (KEY_PARAMETERS.has(name.toLowerCase().replace(/[-_]/g, '')) || this.#isAdmin(value)) {
        throw unauthorized('An API key belongs into the Authorization header, never into a URL');
      }
    }
  }

  /** Digests have one length and tell nothing, so comparing them takes the same time for all keys. */
  #isAdmin(text: string): boolean {
    return timingSafeEqual(digest(text), this.#adminDigest);
  }
}

/** Refuses whoever has no right key (RFC 6750). */
export function unauthorized(message: string): RequestError {
  return new RequestError('unauthorized', message);
}

function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
