import { createHash, timingSafeEqual } from 'node:crypto';
import { SCOPES, type Scope } from '../../accounts/api-key.ts';
import type { ApiKeys } from '../../accounts/api-keys.ts';
import { RequestError } from '../../errors.ts';
import type { OperatorQuery } from './query.ts';

/** Who asked. */
export interface Caller {
  readonly apiKeyId: string;
  /** The key itself, with which a kept answer is sealed. */
  readonly apiKey: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The only account whose things it sees and makes; undefined: of all accounts. */
  readonly accountId: string | undefined;
}

/** Id of the key that the configuration names. */
const ADMIN_KEY_ID = 'key_admin';

const EVERYTHING: ReadonlySet<Scope> = new Set(SCOPES);
/** How our keys begin. */
const KEY_START = 'bg_';

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
  readonly #apiKeys: Pick<ApiKeys, 'holder'>;

  constructor(adminKey: string, apiKeys: Pick<ApiKeys, 'holder'>) {
    this.#adminDigest = digest(adminKey);
    this.#apiKeys = apiKeys;
  }

  /** The holder of the key in an `Authorization` header. Throws `unauthorized` without one. */
  async callerOf(authorization: string | undefined): Promise<Caller> {
    const apiKey = BEARER.exec(authorization ?? '')?.[1];
    if (apiKey !== undefined && this.#isAdmin(apiKey)) {
      return { apiKeyId: ADMIN_KEY_ID, apiKey, scopes: EVERYTHING, accountId: undefined };
    }
    const held = apiKey === undefined ? undefined : await this.#apiKeys.holder(apiKey);
    if (apiKey === undefined || !held) {
      throw unauthorized('Send an API key as "Authorization: Bearer <key>"');
    }
    const { id: apiKeyId, accountId } = held;
    return { apiKeyId, apiKey, scopes: new Set(held.scopes), accountId };
  }

  /** FC-28: a key in a URL ends up in logs and histories, so it never opens anything. */
  assertNoneIn(query: OperatorQuery): void {
    for (const [name, value] of query.entries()) {
      const isNamed = KEY_PARAMETERS.has(name.toLowerCase().replace(/[-_]/g, ''));
      if (isNamed || value.startsWith(KEY_START) || this.#isAdmin(value)) {
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
