import { describe, expect, it } from '@jest/globals';
import type { PaymentHash } from '../../../src/hex.ts';
import type { LightningNode, NodeBooking } from '../../../src/lightning/node.ts';
import { msat } from '../../../src/msat.ts';
import type { OwnBooks } from '../../../src/payments/books.ts';
import { Reconcile } from '../../../src/payments/reconcile.ts';
import type { ReconcileReport } from '../../../src/payments/reconcile-report.ts';
import {
  type Books,
  claim,
  foreignPayment,
  found,
  held,
  makeReward,
  receive,
  sent,
  startBooks,
} from '../../support/books-world.ts';

/** The fee of the demo network for 100 sat: 1 sat and 100 millionths. */
const FEE_OF_100_SAT = 1_010n;
const SAT_100 = msat(100_000n);

describe('ledger and node agree', () => {
  it('when nothing has happened', async () => {
    await using books = await startBooks();

    const report = await full(books);

    expect(report).toEqual({
      ...{ at: books.clock.now(), scope: 'full', agrees: true, held: 0n, pending: 0, decided: 0 },
      ...{ payments: 0, invoices: 0, foreign: { payments: 0, invoices: 0 } },
      ...{ differences: [], more: 0 },
    });
  });

  it('whatever state claims and invoices are in', async () => {
    await using books = await startBooks();
    const link = await books.link();
    const reward = await makeReward(books);
    await receive(books, link, msat(500_000n));
    await receive(books, link, msat(300_000n), { kind: 'overpay', percent: 50n });
    await books.order(link, { amount: SAT_100 });
    await sent(books, reward, SAT_100);
    await sent(books, reward, SAT_100, { kind: 'unknown' });
    await sent(books, reward, SAT_100, { kind: 'fail', reason: 'no-route' });
    await sent(books, reward, SAT_100, { kind: 'hang' });
    await held(books, reward, SAT_100);
    await claim(books, reward, SAT_100);

    const report = await full(books);

    expect(report).toMatchObject({
      ...{ agrees: true, invoices: 2, payments: 1, pending: 3 },
      held: 500_000n + 450_000n - 100_000n - FEE_OF_100_SAT,
    });
  });

  it('when other programs use the node too, and how much they did is told (foreign)', async () => {
    await using books = await startBooks();
    await sent(books, await makeReward(books), SAT_100);
    await foreignPayment(books);
    await foreignPayment(books);

    const report = await full(books);

    expect(report).toMatchObject({
      ...{ agrees: true, payments: 1, invoices: 0, foreign: { payments: 2, invoices: 2 } },
    });
  });

  it('when another program paid the invoice of a claim, before or instead of us', async () => {
    await using books = await startBooks();
    const reward = await makeReward(books);
    const waiting = await claim(books, reward, SAT_100);
    await payByHand(books, waiting.bolt11);
    const before = await full(books);

    await books.payer.advance(waiting.id);

    expect(await found(books, waiting.id)).toMatchObject({
      state: 'failed',
      reason: 'known-to-node',
    });
    for (const report of [before, await full(books)]) {
      expect(report).toMatchObject({ agrees: true, foreign: { payments: 1, invoices: 0 } });
    }
  });

  it('when a payment arrived that nobody told us of, for then it is booked', async () => {
    await using books = await startBooks();
    const invoice = await books.order(await books.link(), { amount: SAT_100 });
    await books.pay(invoice);

    const report = await full(books);

    expect(report).toMatchObject({ agrees: true });
    expect(await books.store.find(invoice.id)).toMatchObject({
      state: 'settled',
      received: SAT_100,
    });
    expect(await full(books)).toMatchObject({ agrees: true, invoices: 1, held: SAT_100 });
  });

  it('when a payment ends while the books are read', async () => {
    await using books = await startBooks();
    const { id, paymentHash } = await sent(books, await makeReward(books), SAT_100, {
      kind: 'hang',
    });
    const reconcile = withBooks(books, async function* (since) {
      const stale = await all(books.node.books(since));
      books.network.release(paymentHash, 'settle');
      await books.payer.advance(id);
      yield* stale;
    });

    const report = await reconcile.run('full', signal());

    expect((await found(books, id)).state).toBe('paid');
    expect(report).toMatchObject({ agrees: true, payments: 0 });
    expect(await full(books)).toMatchObject({ agrees: true, payments: 1 });
  });

  it('when a person decided what the node knows nothing of', async () => {
    await using books = await startBooks();
    const reward = await makeReward(books);
    const [paid, failed] = [
      await held(books, reward, SAT_100),
      await held(books, reward, SAT_100),
    ] as const;
    await decide(books, paid.id, 'paid');
    await decide(books, failed.id, 'failed');
    forget(books);

    const report = await full(books);

    expect(report).toMatchObject({ agrees: true, decided: 1, payments: 1, differences: [] });
  });

  it('over more payments than a page has', async () => {
    await using books = await startBooks();
    const line: NodeBooking = {
      ...{ kind: 'invoice', paymentHash: 'ab'.repeat(32) as PaymentHash },
      ...{ received: SAT_100, at: 1 },
    };
    const reconcile = withBooks(books, async function* () {
      for (let count = 0; count < 1_234; count += 1) yield line;
    });

    const report = await reconcile.run('full', signal());

    expect(report.foreign).toEqual({ payments: 0, invoices: 1_234 });
  });
});

describe('ledger and node differ', () => {
  it('when the node paid for a claim that failed here', async () => {
    await using books = await startBooks();
    const { id, paymentHash, bolt11 } = await sent(books, await makeReward(books), SAT_100, {
      kind: 'fail',
      reason: 'timeout',
    });
    books.network.faults.payment(paymentHash, { kind: 'succeed' });
    await payByHand(books, bolt11);

    const report = await full(books);

    expect(report).toMatchObject({ agrees: false, payments: 0 });
    expect(report.differences).toEqual([
      { kind: 'payment-not-booked', id, paymentHash, found: undefined, expected: SAT_100 },
    ]);
  });

  it('when the node may yet pay for a claim that failed here', async () => {
    await using books = await startBooks();
    const { id, paymentHash, bolt11 } = await sent(books, await makeReward(books), SAT_100, {
      kind: 'fail',
      reason: 'timeout',
    });
    books.network.faults.payment(paymentHash, { kind: 'hang' });
    await payByHand(books, bolt11);

    const { differences } = await full(books);

    expect(differences).toEqual([
      { kind: 'payment-not-booked', id, paymentHash, found: undefined, expected: SAT_100 },
    ]);
  });

  it('when a claim that a person called failed was paid after all', async () => {
    await using books = await startBooks();
    const { id, paymentHash } = await held(books, await makeReward(books), SAT_100);
    await decide(books, id, 'failed');
    const before = await full(books);

    books.network.release(paymentHash, 'settle');

    expect(before).toMatchObject({ agrees: true, decided: 1 });
    expect((await full(books)).differences).toMatchObject([{ kind: 'payment-not-booked', id }]);
  });

  it('when the node has lost a payment or an invoice', async () => {
    await using books = await startBooks();
    const invoice = await receive(books, await books.link(), msat(500_000n));
    const withdrawal = await sent(books, await makeReward(books), SAT_100);
    forget(books);

    const { differences } = await full(books);

    const gone = { expected: undefined };
    expect(differences).toEqual([
      {
        ...{ kind: 'invoice-missing', id: invoice.id, paymentHash: invoice.paymentHash },
        ...{ found: 500_000n, ...gone },
      },
      {
        ...{ kind: 'payment-missing', id: withdrawal.id, paymentHash: withdrawal.paymentHash },
        ...{ found: SAT_100, ...gone },
      },
    ]);
  });

  it('by the amount, when the node sent more than the claim was over', async () => {
    await using books = await startBooks();
    const { id, paymentHash } = await sent(books, await makeReward(books), SAT_100, {
      kind: 'overpay',
      percent: 1n,
    });

    const { differences } = await full(books);

    expect(differences).toEqual([
      { kind: 'payment-amount', id, paymentHash, found: 100_000n, expected: 101_000n },
    ]);
  });

  it('when the node settled an invoice that was closed here', async () => {
    await using books = await startBooks();
    const { id, paymentHash, bolt11 } = await books.order(await books.link(), { amount: SAT_100 });
    await books.sql.query("update invoices set state = 'expired', closed_at = 1 where id = $1", [
      id,
    ]);
    await books.network.customer.pay(bolt11, { maxFee: msat(10_000n), timeoutMs: 1_000 });

    const { differences } = await full(books);

    expect(differences).toEqual([
      { kind: 'invoice-not-booked', id, paymentHash, found: undefined, expected: SAT_100 },
    ]);
  });

  it.each<[string, (id: string) => readonly [string, string], readonly object[]]>([
    [
      'a fee is off by one',
      (id) => ['update withdrawals set fee_msat = fee_msat + 1 where id = $1', id],
      [
        { kind: 'payment-fee', found: FEE_OF_100_SAT + 1n, expected: FEE_OF_100_SAT },
        { kind: 'booking', found: FEE_OF_100_SAT, expected: FEE_OF_100_SAT + 1n },
      ],
    ],
    [
      'an amount is off by one',
      (id) => ['update withdrawals set amount_msat = amount_msat - 1 where id = $1', id],
      [
        { kind: 'payment-amount', found: 99_999n, expected: 100_000n },
        { kind: 'booking', found: 100_000n, expected: 99_999n },
      ],
    ],
    [
      'a paid claim was made failed',
      (id) => [
        "update withdrawals set state = 'failed', fee_msat = null, preimage = null where id = $1",
        id,
      ],
      [{ kind: 'booking', found: 100_000n, expected: undefined }],
    ],
    [
      'its booking belongs to nothing',
      (id) => ["update transfers set reference = reference || 'x' where reference = $1", id],
      [
        { kind: 'booking', found: undefined, expected: 100_000n },
        { kind: 'booking', found: undefined, expected: undefined },
      ],
    ],
  ])('when of a paid claim %s', async (_, tamper, expected) => {
    await using books = await startBooks();
    const { id } = await sent(books, await makeReward(books), SAT_100);
    const [text, value] = tamper(id);
    await books.sql.query(text, [value]);

    const { differences } = await full(books);

    expect(differences).toEqual(expected.map((one) => expect.objectContaining(one)));
  });

  it('when what was received is off by one', async () => {
    await using books = await startBooks();
    const { id, paymentHash } = await receive(books, await books.link(), SAT_100);
    await books.sql.query('update invoices set received_msat = received_msat - 1');

    const { differences } = await full(books);

    expect(differences).toEqual([
      { kind: 'invoice-amount', id, paymentHash, found: 99_999n, expected: SAT_100 },
      { kind: 'booking', id, paymentHash, found: SAT_100, expected: 99_999n },
    ]);
  });

  it('when a balance is not the sum of its entries, and all are not zero together', async () => {
    await using books = await startBooks();
    await receive(books, await books.link(), SAT_100);
    await books.sql.query(
      "update accounts set balance_msat = balance_msat - 1 where id = 'treasury'",
    );

    const { differences } = await full(books);

    expect(differences).toEqual([
      { kind: 'sum', id: 'ledger', paymentHash: undefined, found: -1n, expected: 0n },
      {
        kind: 'balance',
        id: 'treasury',
        paymentHash: undefined,
        found: 99_999n,
        expected: SAT_100,
      },
    ]);
  });

  it('when an entry is gone', async () => {
    await using books = await startBooks();
    await receive(books, await books.link(), SAT_100);
    await receive(books, await books.link(), SAT_100);
    await books.sql.query("delete from entries where account_id = 'treasury' and seq = 1");

    const { differences } = await full(books);

    expect(differences).toMatchObject([
      { kind: 'balance', id: 'treasury', found: 200_000n, expected: undefined },
    ]);
  });
});

describe('a look at what is new', () => {
  it('asks the node and the store for nothing that was seen before', async () => {
    await using books = await startBooks();
    const link = await books.link();
    for (let count = 0; count < 3; count += 1) await receive(books, link, SAT_100);
    await sent(books, await makeReward(books), SAT_100);
    const asked: string[] = [];
    const reconcile = new Reconcile({ ...books, books: counted(books, asked) });
    await reconcile.run('full', signal());
    asked.splice(0);
    books.clock.advance(3_600_000);
    await receive(books, link, SAT_100);

    const report = await reconcile.run('recent', signal());

    expect(report).toMatchObject({ scope: 'recent', agrees: true, payments: 0, invoices: 1 });
    expect(asked.toSorted()).toEqual(['lines 4 to 5', 'node 4 to 5', 'treasury 5 to 6']);
  });

  it('finds what differs since then', async () => {
    await using books = await startBooks();
    const reward = await makeReward(books);
    await sent(books, reward, SAT_100);
    const before = await books.reconcile.run('full', signal());
    const { id } = await sent(books, reward, SAT_100, { kind: 'overpay', percent: 1n });

    const report = await books.reconcile.run('recent', signal());

    expect(before.agrees).toBe(true);
    expect(report.differences).toMatchObject([{ kind: 'payment-amount', id }]);
  });

  it('watches a payment that was under way for as long as it takes', async () => {
    await using books = await startBooks();
    const { id, paymentHash } = await held(books, await makeReward(books), SAT_100);
    await books.reconcile.run('full', signal());
    await decide(books, id, 'failed');
    books.clock.advance(30 * 86_400_000);
    const before = await books.reconcile.run('recent', signal());
    books.network.release(paymentHash, 'settle');

    const report = await books.reconcile.run('recent', signal());

    expect(before.agrees).toBe(true);
    expect(report.differences).toMatchObject([{ kind: 'payment-not-booked', id }]);
  });

  it('goes on from where the last one ended when one could not be finished', async () => {
    await using books = await startBooks();
    const reward = await makeReward(books);
    await books.reconcile.run('full', signal());
    await sent(books, reward, SAT_100);
    books.network.faults.goDown();
    const broken = books.reconcile.run('recent', signal());
    await expect(broken).rejects.toMatchObject({ name: 'NodeError' });
    books.network.faults.comeBack();

    const report = await books.reconcile.run('recent', signal());

    expect(report).toMatchObject({ agrees: true, payments: 1 });
  });
});

const MAX_LISTED = 1_000;

describe('a report', () => {
  it('lists so many differences, and counts the rest', async () => {
    await using books = await startBooks();
    await receive(books, await books.link(), SAT_100);
    await books.sql.script(`
      insert into accounts (id, name, floor_msat, balance_msat, created_at)
      with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 1002)
      select 'ac_' || n, 'x', null, case when n % 2 = 0 then 1 else -1 end, 0 from numbers`);

    const { differences, more } = await full(books);

    expect([differences.length, more]).toEqual([MAX_LISTED, 2]);
  });
});

function signal(): AbortSignal {
  return new AbortController().signal;
}

async function full(books: Books): Promise<ReconcileReport> {
  return await books.reconcile.run('full', signal());
}

/** Another program of the same node pays an invoice. */
async function payByHand({ node }: Books, bolt11: string): Promise<void> {
  await node.pay(bolt11, { maxFee: msat(10_000n), timeoutMs: 1_000 });
}

async function decide(books: Books, id: string, outcome: 'paid' | 'failed'): Promise<void> {
  const more = { preimage: undefined, fee: msat(0n), note: undefined };
  await books.heldWithdrawals.resolve(id, { outcome, ...more }, 'key_test');
}

/** The node loses everything that it knew. */
function forget(books: Books): void {
  books.node.books = async function* () {};
  books.node.trackPayment = async () => undefined;
  books.node.lookupInvoice = async () => undefined;
}

function withBooks(books: Books, read: LightningNode['books']): Reconcile {
  const { node } = books;
  return new Reconcile({
    ...books,
    node: {
      books: read,
      trackPayment: async (hash, end) => await node.trackPayment(hash, end),
      lookupInvoice: async (hash, end) => await node.lookupInvoice(hash, end),
    },
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Our own books, with a note of each reading that grows with the history. */
function counted({ books }: Books, asked: string[]): OwnBooks {
  return {
    accounts: async () => await books.accounts(),
    claims: async (hashes) => await books.claims(hashes),
    invoices: async (hashes) => await books.invoices(hashes),
    sumEntries: async (id, after, upTo) => {
      asked.push(`${id} ${after} to ${upTo}`);
      return await books.sumEntries(id, after, upTo);
    },
    nodeLines: async (after, upTo, limit) => {
      asked.push(`lines ${after} to ${upTo}`);
      return await books.nodeLines(after, upTo, limit);
    },
  };
}
