import type { NewSession, Session, SessionStore } from '../accounts/sessions.ts';
import type { LinkingKey } from '../hex.ts';
import { orNull } from './columns.ts';
import type { Sql } from './sql.ts';

interface SessionRow {
  readonly linking_key: LinkingKey;
  readonly created_at: bigint;
  readonly expires_at: bigint;
}

/** Sessions of browsers in SQL, by the SHA-256 of their secret. */
export class SqlSessions implements SessionStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async open(
    browserHash: string,
    verifiedAfter: number,
    session: NewSession,
  ): Promise<Session | undefined> {
    const { hash, createdAt, expiresAt, formerHash } = session;
    return await this.#sql.transaction(async (tx) => {
      // The update is the lock: without its browser the login opens nothing a second time.
      const [login] = await tx.query<{ linking_key: LinkingKey }>(
        `update logins
            set browser_hash = null
          where browser_hash = $1 and state = 'verified' and verified_at > $2
         returning linking_key`,
        [browserHash, verifiedAfter],
      );
      if (!login) return undefined;
      await tx.query('delete from sessions where session_hash = $1', [orNull(formerHash)]);
      await tx.query(
        `insert into sessions (session_hash, linking_key, created_at, expires_at)
         values ($1, $2, $3, $4)`,
        [hash, login.linking_key, createdAt, expiresAt],
      );
      return { linkingKey: login.linking_key, createdAt, expiresAt };
    });
  }

  async find(hash: string): Promise<Session | undefined> {
    const [row] = await this.#sql.query<SessionRow>(
      'select linking_key, created_at, expires_at from sessions where session_hash = $1',
      [hash],
    );
    return row && sessionFromRow(row);
  }

  async remove(hash: string): Promise<void> {
    await this.#sql.query('delete from sessions where session_hash = $1', [hash]);
  }

  async removeEnded(endedBefore: number, limit: number): Promise<number> {
    const rows = await this.#sql.query(
      `delete from sessions
        where session_hash in (select session_hash
                                 from sessions
                                where expires_at < $1
                                order by expires_at
                                limit $2)
       returning session_hash`,
      [endedBefore, limit],
    );
    return rows.length;
  }
}

function sessionFromRow(row: SessionRow): Session {
  return {
    linkingKey: row.linking_key,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
  };
}
