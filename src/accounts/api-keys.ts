import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { RequestError } from '../errors.ts';
import { base32, newId, type Random } from '../random.ts';
import type { ApiKey, Scope } from './api-key.ts';
import type { AuditAction, AuditEntry } from './audit.ts';
import type { Receipt } from './receipt.ts';

/** What keys need of the store, which knows their SHA-256 only. */
export interface ApiKeyStore {
  /** Throws AlreadyAnswered for the receipt. */
  add(key: ApiKey, keyHash: string, audit: AuditEntry, receipt?: Receipt): Promise<void>;
  find(id: string): Promise<ApiKey | undefined>;
  /** Also one that was revoked. */
  findByHash(keyHash: string): Promise<ApiKey | undefined>;
  list(limit: number, after: string | undefined): Promise<ApiKey[]>;
  /** undefined when there is no such key, or it was revoked before. */
  revoke(id: string, now: number, audit: AuditEntry): Promise<ApiKey | undefined>;
  used(id: string, now: number): Promise<void>;
}

/** What an operator says of a new key. */
export interface ApiKeyOrder {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly accountId: string | undefined;
}

/** A key that was made just now: its text is shown this once. */
export interface NewApiKey {
  readonly apiKey: ApiKey;
  readonly key: string;
}

interface Parts {
  readonly store: ApiKeyStore;
  readonly clock: Clock;
  readonly random: Random;
}

const KEY_BYTES = 32;
/** How a key begins, so that scanners of leaked secrets know it, and so do we. */
const KEY_START = 'bg_';
const KEY_FORM = /^bg_[a-z2-7]{52}$/;
/** How exact the time of the last use is. */
const USED_EVERY_MS = 60_000;

/** Keys of the admin API beside the one of the configuration. */
export class ApiKeys {
  readonly #parts: Parts;
  /** When the use of a key was last written down. */
  readonly #usedAt = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes a key. `receiptOf` writes the answer into the same transaction (FC-31). */
  async create(
    order: ApiKeyOrder,
    actor: string,
    receiptOf?: (made: NewApiKey) => Receipt,
  ): Promise<NewApiKey> {
    assertConsistent(order);
    const { store, clock, random } = this.#parts;
    const key = `${KEY_START}${base32(random(KEY_BYTES))}`;
    const apiKey: ApiKey = {
      ...{ id: newId('key', random), ...order, createdAt: clock.now() },
      ...{ lastUsedAt: undefined, revokedAt: undefined },
    };
    const { name, scopes, accountId } = order;
    const detail = { name, scopes: scopes.join(), ...(accountId !== undefined && { accountId }) };
    const made = { apiKey, key };
    const audit = this.#audit(actor, 'key.created', apiKey.id, detail);
    await store.add(apiKey, hashOf(key), audit, receiptOf?.(made));
    return made;
  }

  async get(id: string): Promise<ApiKey> {
    const key = await this.#parts.store.find(id);
    if (!key) throw new RequestError('not-found', 'There is no API key with this id');
    return key;
  }

  async list(limit: number, after: string | undefined): Promise<ApiKey[]> {
    return await this.#parts.store.list(limit, after);
  }

  /** From now on it opens nothing. Revoking twice is no error. */
  async revoke(id: string, actor: string): Promise<void> {
    const { store, clock } = this.#parts;
    await this.get(id);
    await store.revoke(id, clock.now(), this.#audit(actor, 'key.revoked', id, {}));
  }

  /** The key with this text; undefined when it is none of ours, or was revoked. */
  async holder(text: string): Promise<ApiKey | undefined> {
    if (!KEY_FORM.test(text)) return undefined;
    // Only the digest is looked up, so how long that takes tells nothing of the key.
    const key = await this.#parts.store.findByHash(hashOf(text));
    if (!key || key.revokedAt !== undefined) return undefined;
    await this.#noteUse(key);
    return key;
  }

  async #noteUse({ id, lastUsedAt }: ApiKey): Promise<void> {
    const { store, clock } = this.#parts;
    const now = clock.now();
    const before = this.#usedAt.get(id) ?? lastUsedAt ?? Number.NEGATIVE_INFINITY;
    if (now - before < USED_EVERY_MS) return;
    this.#usedAt.set(id, now);
    await store.used(id, now);
  }

  #audit(
    actor: string,
    action: AuditAction,
    subject: string,
    detail: AuditEntry['detail'],
  ): AuditEntry {
    return { actor, action, subject, detail, createdAt: this.#parts.clock.now() };
  }
}

/** Whoever may do everything is bound to no account. */
function assertConsistent({ scopes, accountId }: ApiKeyOrder): void {
  if (accountId === undefined || !scopes.includes('admin')) return;
  const fields = [{ pointer: '/accountId', detail: 'does not go with the scope admin' }];
  throw new RequestError('invalid-request', 'accountId does not go with the scope admin', {
    fields,
  });
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
