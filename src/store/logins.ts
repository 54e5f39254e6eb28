import {
  type KeyProof,
  keyKnown,
  keyRuleOf,
  type Login,
  type LoginAction,
} from '../accounts/login.ts';
import type { BrowserHashes, LoginStore } from '../accounts/logins.ts';
import type { Receipt } from '../accounts/receipt.ts';
import type { NewEvent } from '../events/event.ts';
import type { K1, LinkingKey } from '../hex.ts';
import { orNull, orUndefined } from './columns.ts';
import { Conditions } from './conditions.ts';
import { appendEvents } from './event-log.ts';
import { addReceipt } from './receipts.ts';
import type { Queries, Sql, SqlValue } from './sql.ts';

interface LoginRow {
  readonly id: string;
  readonly k1: K1;
  readonly action: LoginAction | null;
  readonly state: 'pending' | 'verified';
  readonly linking_key: LinkingKey | null;
  readonly signature: string | null;
  readonly created_at: bigint;
  readonly expires_at: bigint;
  readonly verified_at: bigint | null;
}

const COLUMNS =
  'id, k1, action, state, linking_key, signature, created_at, expires_at, verified_at';

/** Logins and linking keys in SQL. `changed` is called when a login was verified. */
export class SqlLogins implements LoginStore {
  readonly #sql: Sql;
  readonly #changed: () => void;

  constructor(sql: Sql, changed: () => void) {
    this.#sql = sql;
    this.#changed = changed;
  }

  async add(login: Login, browser?: BrowserHashes, receipt?: Receipt): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      if (browser) await giveUp(tx, browser);
      await tx.query(
        `insert into logins (id, k1, action, state, browser_hash, created_at, expires_at)
         values ($1, $2, $3, 'pending', $4, $5, $6)`,
        [
          login.id,
          login.k1,
          orNull(login.action),
          orNull(browser?.hash),
          login.createdAt,
          login.expiresAt,
        ],
      );
    });
  }

  async verify(
    k1: K1,
    proof: KeyProof,
    eventOf: (login: Login) => NewEvent,
  ): Promise<Login | undefined> {
    const verified = await this.#sql.transaction(async (tx) => {
      const [row] = await tx.query<LoginRow>(
        `update logins
            set state = 'verified', linking_key = $2, signature = $3, verified_at = $4
          where k1 = $1 and state = 'pending' and expires_at > $4
         returning ${COLUMNS}`,
        [k1, proof.linkingKey, proof.signature, proof.verifiedAt],
      );
      if (!row) return undefined;
      const login = loginFromRow(row);
      await rememberKey(tx, login, proof);
      await appendEvents(tx, [eventOf(login)]);
      return login;
    });
    if (verified) this.#changed();
    return verified;
  }

  async find(id: string): Promise<Login | undefined> {
    return await this.#one('id = $1', id);
  }

  async findByK1(k1: K1): Promise<Login | undefined> {
    return await this.#one('k1 = $1', k1);
  }

  async findByBrowser(browserHash: string): Promise<Login | undefined> {
    return await this.#one('browser_hash = $1', browserHash);
  }

  async list(limit: number, after: string | undefined): Promise<Login[]> {
    const wanted = new Conditions().and(
      '(created_at, id) < (select p.created_at, p.id from logins p where p.id = ?)',
      after,
    );
    const text = `select ${COLUMNS} from logins ${wanted.where}
                   order by created_at desc, id desc limit ${wanted.place(limit)}`;
    const rows = await this.#sql.query<LoginRow>(text, wanted.values);
    return rows.map(loginFromRow);
  }

  async removeUnanswered(endedBefore: number, limit: number): Promise<number> {
    const rows = await this.#sql.query(
      `delete from logins
        where id in (select id
                       from logins
                      where state = 'pending' and expires_at < $1
                      order by expires_at
                      limit $2)
          and state = 'pending'
       returning id`,
      [endedBefore, limit],
    );
    return rows.length;
  }

  /** How many keys wallets made for the login host (FC-18). */
  async countKeys(): Promise<number> {
    const [row] = await this.#sql.query<{ keys: bigint }>(
      'select count(*) as keys from linking_keys',
    );
    return Number(row?.keys ?? 0n);
  }

  async #one(condition: string, value: SqlValue): Promise<Login | undefined> {
    const [row] = await this.#sql.query<LoginRow>(
      `select ${COLUMNS} from logins where ${condition}`,
      [value],
    );
    return row && loginFromRow(row);
  }
}

/** A pending login of the browser goes; a verified one stays in the history, but opens nothing now. */
async function giveUp(tx: Queries, { hash, formerHash = hash }: BrowserHashes): Promise<void> {
  await tx.query("delete from logins where browser_hash in ($1, $2) and state = 'pending'", [
    hash,
    formerHash,
  ]);
  await tx.query('update logins set browser_hash = null where browser_hash in ($1, $2)', [
    hash,
    formerHash,
  ]);
}

/** LUD-04: what becomes of the key is up to the action that was stored with the k1. */
async function rememberKey(
  tx: Queries,
  login: Login,
  { linkingKey, verifiedAt }: KeyProof,
): Promise<void> {
  const { remembers, refusal } = keyRuleOf(login);
  if (!remembers) return;
  const rows = await tx.query(
    `insert into linking_keys (linking_key, created_at, used_at)
     values ($1, $2, $2)
     on conflict (linking_key) do ${refusal === undefined ? KNOWN_IS_USED : 'nothing'}
     returning linking_key`,
    [linkingKey, verifiedAt],
  );
  // Leaving the transaction undoes it, so the k1 stays good for another key.
  if (refusal !== undefined && rows.length === 0) throw keyKnown(refusal);
}

const KNOWN_IS_USED = 'update set used_at = excluded.used_at';

function loginFromRow(row: LoginRow): Login {
  return {
    id: row.id,
    k1: row.k1,
    action: orUndefined(row.action),
    state: row.state,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    proof: proofFromRow(row),
  };
}

function proofFromRow({ linking_key, signature, verified_at }: LoginRow): KeyProof | undefined {
  if (linking_key === null || signature === null || verified_at === null) return undefined;
  return { linkingKey: linking_key, signature, verifiedAt: Number(verified_at) };
}
