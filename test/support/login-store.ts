import { Logins } from '../../src/accounts/logins.ts';
import { Sessions } from '../../src/accounts/sessions.ts';
import { Changed } from '../../src/events/changed.ts';
import type { K1 } from '../../src/hex.ts';
import { WalletQuery } from '../../src/lnurl/query.ts';
import { SqlEventLog } from '../../src/store/event-log.ts';
import { SqlLogins } from '../../src/store/logins.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import { SqlSessions } from '../../src/store/sessions.ts';
import type { Sql } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { LoginAnswer } from './login-wallet.ts';
import { ManualClock } from './manual-clock.ts';
import { seededRandom } from './seeded-random.ts';

/** Everything about logins below HTTP, on an empty database. */
export async function startLogins(
  open: () => Promise<Sql> = async () => await openSqlite(':memory:'),
) {
  const clock = new ManualClock();
  const random = seededRandom('logins');
  const sql = await open();
  await migrate(sql, MIGRATIONS_FOLDER, clock);
  const changed = new Changed();
  const loginStore = new SqlLogins(sql, () => changed.notify());
  const sessionStore = new SqlSessions(sql);
  const logins = new Logins({ store: loginStore, clock, random });
  return {
    clock,
    random,
    sql,
    changed,
    loginStore,
    sessionStore,
    logins,
    sessions: new Sessions({ store: sessionStore, logins, clock, random }),
    events: new SqlEventLog(sql),
    [Symbol.asyncDispose]: async () => await sql.close(),
  };
}

/** The query of a wallet's answer. */
export function answerQuery(k1: K1, { sig, key }: LoginAnswer): WalletQuery {
  return new WalletQuery(new URLSearchParams({ tag: 'login', k1, sig, key }).toString());
}
