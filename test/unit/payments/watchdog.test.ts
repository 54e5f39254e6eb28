import { describe, expect, it } from '@jest/globals';
import { NodeError } from '../../../src/errors.ts';
import type { ReconcileReport, ReconcileScope } from '../../../src/payments/reconcile-report.ts';
import { Watchdog } from '../../../src/payments/watchdog.ts';
import { claim, makeReward, receive, sent, startBooks } from '../../support/books-world.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordedLog } from '../../support/pay-store.ts';

const MINUTE_MS = 60_000;
const TOLD_DIFFERS = 'the ledger and the node differ: no money leaves until they agree';

describe('the watchdog', () => {
  it('looks at everything at the start, then every few minutes at what is new', async () => {
    await using world = startWatchdog();
    await world.begin();

    for (let round = 0; round < 3; round += 1) await world.pass(5 * MINUTE_MS);

    expect(world.scopes).toEqual(['full', 'recent', 'recent', 'recent']);
    expect(world.watchdog.state).toBe('agrees');
  });

  it('looks at everything again after a day', async () => {
    await using world = startWatchdog();
    await world.begin();
    await world.pass(5 * MINUTE_MS);

    await world.pass(24 * 60 * MINUTE_MS);

    expect(world.scopes).toEqual(['full', 'recent', 'full']);
  });

  it('knows nothing before the first look', async () => {
    await using world = startWatchdog();

    expect([world.watchdog.state, world.watchdog.report]).toEqual(['unchecked', undefined]);
  });

  it('says once that they differ, looks at everything from then on, and says when it is over', async () => {
    await using world = startWatchdog();
    await world.begin();
    world.agrees = false;
    await world.pass(5 * MINUTE_MS);
    await world.pass(5 * MINUTE_MS);
    const while_ = world.watchdog.state;
    world.agrees = true;

    await world.pass(5 * MINUTE_MS);

    expect([while_, world.watchdog.state]).toEqual(['differs', 'agrees']);
    expect(world.scopes).toEqual(['full', 'recent', 'full', 'full']);
    expect(world.log.lines).toEqual([
      {
        ...{ level: 'error', message: TOLD_DIFFERS },
        fields: { differences: 3, kind: 'payment-missing', id: 'wd_1' },
      },
      {
        ...{ level: 'warn', message: 'the ledger and the node agree again: money may leave' },
        fields: {},
      },
    ]);
  });

  it('is calmed by a look at everything that somebody asked for', async () => {
    await using world = startWatchdog();
    world.agrees = false;
    await world.watchdog.check();
    world.agrees = true;
    const before = world.watchdog.state;

    await world.watchdog.check();

    expect([before, world.watchdog.state]).toEqual(['differs', 'agrees']);
  });

  it('knows after a restart that they differed, until all was looked at', async () => {
    await using world = startWatchdog();
    world.agrees = false;
    await world.watchdog.check();
    await using next = startWatchdog({ store: world.store });
    await next.watchdog.remember();
    const remembered = next.watchdog.state;

    await next.watchdog.check();

    expect([remembered, next.watchdog.state]).toEqual(['differs', 'agrees']);
    await using last = startWatchdog({ store: world.store });
    await last.watchdog.remember();
    expect(last.watchdog.state).toBe('unchecked');
  });

  it('changes its mind by no look that failed, and tries again', async () => {
    await using world = startWatchdog();
    world.failure = new NodeError('node-unavailable', 'The node is gone');
    await world.begin();
    const unknown = world.watchdog.state;
    world.failure = undefined;

    await world.pass(5 * MINUTE_MS);

    expect([unknown, world.watchdog.state]).toEqual(['unchecked', 'agrees']);
    expect(world.scopes).toEqual(['full', 'full']);
    expect(world.log.lines).toEqual([
      {
        level: 'warn',
        message: 'ledger and node could not be compared and will be tried again',
        fields: { code: 'node-unavailable' },
      },
    ]);
  });

  it('looks once for all who ask while others wait, and never twice at the same time', async () => {
    await using world = startWatchdog();

    const reports = await Promise.all(
      Array.from({ length: 10 }, async () => await world.watchdog.check()),
    );

    expect(new Set(reports).size).toBe(1);
    expect([world.scopes, world.most]).toEqual([['full'], 1]);
  });

  it('tells who asked that it could not be done', async () => {
    await using world = startWatchdog();
    world.failure = new NodeError('node-unavailable', 'The node is gone');

    await expect(world.watchdog.check()).rejects.toMatchObject({ code: 'node-unavailable' });
  });
});

describe('while ledger and node differ', () => {
  it('nothing leaves, money still comes in, and what was sent is asked for', async () => {
    await using books = await startBooks();
    const { withdrawals, payer, watchdog, sql, network } = books;
    const reward = await makeReward(books);
    const under = await sent(books, reward, reward.max, { kind: 'hang' });
    const waiting = await claim(books, reward, reward.max);
    await sql.query("update accounts set balance_msat = balance_msat + 1 where id = 'treasury'");
    await watchdog.check();

    const refused = await claim(books, reward, reward.max).catch((error: unknown) => error);
    await payer.advance(waiting.id);
    network.release(under.paymentHash, 'settle');
    await payer.advance(under.id);
    const invoice = await receive(books, await books.link(), reward.max);

    expect(refused).toMatchObject({
      code: 'link-spent',
      message: 'Withdraws are stopped at the moment, try again later',
    });
    expect(await withdrawals.get(waiting.id)).toMatchObject({ state: 'reserved', sendsStarted: 0 });
    expect(await withdrawals.get(under.id)).toMatchObject({ state: 'paid' });
    expect(await books.store.find(invoice.id)).toMatchObject({ state: 'settled' });
  });

  it('ends with a look at everything that finds no difference', async () => {
    await using books = await startBooks();
    const { sql, watchdog, payer } = books;
    const reward = await makeReward(books);
    const waiting = await claim(books, reward, reward.max);
    await sql.query("update accounts set balance_msat = balance_msat + 1 where id = 'treasury'");
    await watchdog.check();
    await sql.query("update accounts set balance_msat = balance_msat - 1 where id = 'treasury'");

    await watchdog.check();
    await payer.advance(waiting.id);

    expect(await books.withdrawals.get(waiting.id)).toMatchObject({ state: 'paid' });
  });
});

interface Options {
  readonly store?: Map<string, string>;
}

/** A watchdog whose books agree or not, as the test says. */
function startWatchdog({ store = new Map<string, string>() }: Options = {}) {
  const clock = new ManualClock();
  const log = recordedLog();
  const scopes: ReconcileScope[] = [];
  let running = 0;
  const world = {
    ...{ clock, log, scopes, store, agrees: true, most: 0 },
    failure: undefined as Error | undefined,
    watchdog: new Watchdog({
      reconcile: { run: async (scope) => await run(scope) },
      store: {
        get: async (name) => store.get(name),
        set: async (name, value) => void store.set(name, value),
      },
      ...{ clock, log },
    }),
    /** Starts it and waits for the first look. */
    begin: async () => {
      world.watchdog.start();
      await asleep(clock);
    },
    /** Lets time pass and waits for the look that follows. */
    pass: async (durationMs: number) => {
      clock.advance(durationMs);
      await asleep(clock);
    },
    [Symbol.asyncDispose]: async () => await world.watchdog[Symbol.asyncDispose](),
  };
  const run = async (scope: ReconcileScope): Promise<ReconcileReport> => {
    scopes.push(scope);
    running += 1;
    world.most = Math.max(world.most, running);
    await new Promise(setImmediate);
    running -= 1;
    if (world.failure) throw world.failure;
    return reportOf(clock.now(), scope, world.agrees);
  };
  return world;
}

async function asleep(clock: ManualClock): Promise<void> {
  while (clock.sleepers === 0) await new Promise(setImmediate);
}

function reportOf(at: number, scope: ReconcileScope, agrees: boolean): ReconcileReport {
  const difference = {
    ...({ kind: 'payment-missing', id: 'wd_1', paymentHash: undefined } as const),
    ...{ found: 1n, expected: undefined },
  };
  return {
    ...{ at, scope, agrees, payments: 0, invoices: 0, held: 0n, pending: 0, decided: 0 },
    foreign: { payments: 0, invoices: 0 },
    differences: agrees ? [] : [difference],
    more: agrees ? 0 : 2,
  };
}
