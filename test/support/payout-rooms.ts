import { HeldWithdrawals } from '../../src/accounts/held-withdrawals.ts';
import type { Clock } from '../../src/clock.ts';
import type { DemoNetwork } from '../../src/lightning/demo/network.ts';
import type { Log } from '../../src/log.ts';
import { msat } from '../../src/msat.ts';
import { Continuity } from '../../src/payments/continuity.ts';
import { Payer } from '../../src/payments/payer.ts';
import { Reconcile } from '../../src/payments/reconcile.ts';
import type { Settlement } from '../../src/payments/settlement.ts';
import { Watchdog } from '../../src/payments/watchdog.ts';
import { Withdrawals } from '../../src/payments/withdrawals.ts';
import type { Random } from '../../src/random.ts';
import { SqlBooks } from '../../src/store/books.ts';
import { SqlSettings } from '../../src/store/settings.ts';
import type { Sql } from '../../src/store/sql.ts';
import { SqlWithdrawals } from '../../src/store/withdrawals.ts';

interface Ground {
  readonly sql: Sql;
  readonly network: DemoNetwork;
  /** Our node's own key. */
  readonly nodeKey: string;
  readonly settlement: Settlement;
  readonly notify: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Everything about claims and the books below HTTP, joined as the service joins it. Nothing runs by
 * itself: a claim is moved on by `payer.advance`, and the books are looked at by `watchdog.check`.
 */
export function payoutRooms({ sql, network, nodeKey, settlement, notify, ...rest }: Ground) {
  const { clock, random, log } = rest;
  const node = network.ours;
  const store = new SqlWithdrawals(sql, notify);
  const books = new SqlBooks(sql);
  const reconcile = new Reconcile({ books, node, settlement, clock });
  const watchdog = new Watchdog({ reconcile, store: new SqlSettings(sql), clock, log });
  const continuity = new Continuity({ store, node, log });
  const mayLeave = () => !continuity.changed && watchdog.state !== 'differs';
  const payer = new Payer({ store, node, continuity, mayLeave, clock, random, log });
  const withdrawals = new Withdrawals({
    ...{ store, node, clock, random, feeRule: { ppm: 10_000, min: msat(10_000n) } },
    ...{ serverDay: undefined, paySelf: false, ownKey: () => nodeKey },
    stopped: () =>
      mayLeave() ? undefined : 'Withdraws are stopped at the moment, try again later',
    reservedNow: () => {},
  });
  const heldWithdrawals = new HeldWithdrawals({ store, node, clock, random, log });
  return { store, books, reconcile, watchdog, payer, withdrawals, heldWithdrawals };
}
