import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PayLink } from '../../../src/accounts/pay-link.ts';
import type { WithdrawLink } from '../../../src/accounts/withdraw-link.ts';
import { AppError } from '../../../src/errors.ts';
import { type Msat, msat } from '../../../src/msat.ts';
import {
  assertBalanced,
  belongsToSomebody,
  type Entry,
  move,
  paid,
  received,
  released,
  reserved,
  TREASURY,
} from '../../../src/payments/ledger.ts';
import type { Withdrawal } from '../../../src/payments/withdrawal.ts';
import { type Books, claim, makeReward, receive, startBooks } from '../../support/books-world.ts';

const amounts = fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }).map(msat);

describe('every booking', () => {
  it.each<[string, (amount: Msat, cap: Msat, fee: Msat) => readonly Entry[]]>([
    ['of what was received', (amount) => received('ac_1', amount)],
    ['of a reservation', (amount, cap) => reserved('ac_1', amount, cap)],
    ['of a payment, also of one that cost more than its cap', (a, c, f) => paid('ac_1', a, c, f)],
    ['of a release', (amount, cap) => released('ac_1', amount, cap)],
    ['of a move', (amount) => move('ac_1', 'ac_2', amount)],
  ])('%s sums to zero', (_, entriesOf) => {
    fc.assert(
      fc.property(amounts, amounts, amounts, (amount, cap, fee) => {
        const entries = entriesOf(amount, cap, fee);

        expect(entries.reduce((sum, entry) => sum + entry.amount, 0n)).toBe(0n);
        expect(entries.every((entry) => entry.amount !== 0n)).toBe(true);
      }),
    );
  });

  it('of a reservation and its end leaves nothing in flight', () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, fc.boolean(), (amount, cap, fee, isPaid) => {
        const end = isPaid ? paid('ac_1', amount, cap, fee) : released('ac_1', amount, cap);
        const both = [...reserved('ac_1', amount, cap), ...end];

        const balance = (id: string) =>
          both.filter(({ accountId }) => accountId === id).reduce((sum, e) => sum + e.amount, 0n);

        expect(balance('in-flight')).toBe(0n);
        expect(balance('node')).toBe(isPaid ? amount : 0n);
        expect(balance('ac_1') + balance(TREASURY)).toBe(isPaid ? -(amount + fee) : 0n);
        // Nobody but the operator pays more for routing than was agreed.
        expect(balance('ac_1')).toBeGreaterThanOrEqual(-(amount + cap));
      }),
    );
  });

  it('that does not sum to zero is refused', () => {
    const wrong = [
      { accountId: 'ac_1', amount: 1n },
      { accountId: 'ac_2', amount: -2n },
    ];

    expect(() => assertBalanced(wrong)).toThrow('does not sum to zero');
  });
});

it('money of the treasury and of tenants belongs to somebody, that of the server does not', () => {
  const ids = ['treasury', 'ac_1', 'node', 'fees', 'in-flight', 'set-aside'];

  expect(ids.filter(belongsToSomebody)).toEqual(['treasury', 'ac_1']);
});

/** One thing that happens; numbers choose among what is there. */
type Step =
  | {
      readonly do: 'receive';
      readonly which: number;
      readonly amount: number;
      readonly over: number;
    }
  | { readonly do: 'claim'; readonly which: number; readonly amount: number }
  | { readonly do: 'send'; readonly which: number; readonly how: 'pay' | 'fail' | 'hang' | 'lose' }
  | { readonly do: 'release'; readonly which: number; readonly how: 'settle' | 'fail' }
  | { readonly do: 'hold'; readonly which: number; readonly as: 'paid' | 'failed' }
  | { readonly do: 'transfer'; readonly which: number; readonly amount: number }
  | { readonly do: 'fund'; readonly which: number; readonly amount: number }
  | { readonly do: 'end'; readonly which: number }
  | { readonly do: 'wait'; readonly minutes: number };

const which = fc.nat(1_000);
const amount = fc.integer({ min: 1, max: 400_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      which,
      amount,
      over: fc.constantFrom(0, 0, 37, 100),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), which, amount }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      which,
      how: fc.constantFrom('pay' as const, 'fail' as const, 'hang' as const, 'lose' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('release' as const),
      which,
      how: fc.constantFrom('settle' as const, 'fail' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      which,
      as: fc.constantFrom('paid' as const, 'failed' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('transfer' as const), which, amount }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fund' as const), which, amount }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      minutes: fc.integer({ min: 1, max: 90 }),
    }),
  },
);

describe('whatever happens', () => {
  it('no millisatoshi is lost or made, no account is below its floor, and the node agrees', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 80 }), async (steps) => {
        await using books = await startBooks();
        const walk = await Walk.begin(books);

        for (const one of steps) {
          await walk.take(one);
          await assertSound(books);
        }

        const report = await books.watchdog.check();
        expect(report.differences).toEqual([]);
      }),
      { numRuns: 30, seed: 20_261_125 },
    );
  }, 120_000);
});

/** A walk over everything that moves money, against the real store and a simulated node. */
class Walk {
  readonly #books: Books;
  readonly #payLinks: readonly PayLink[];
  readonly #accounts: readonly string[];
  readonly #links: WithdrawLink[];
  readonly #claims: string[] = [];

  private constructor(
    books: Books,
    accounts: readonly string[],
    payLinks: readonly PayLink[],
    links: WithdrawLink[],
  ) {
    this.#books = books;
    this.#accounts = accounts;
    this.#payLinks = payLinks;
    this.#links = links;
  }

  static async begin(books: Books): Promise<Walk> {
    const { accounts } = books;
    const tenant = await accounts.create({ name: 'Tenant', floor: 0n }, 'key_test');
    const onCredit = await accounts.create({ name: 'On credit', floor: -100_000n }, 'key_test');
    const ids = [TREASURY, tenant.id, onCredit.id];
    const payLinks = await Promise.all(
      ids.map(async (accountId) => await books.link({ accountId })),
    );
    const links = await Promise.all(
      ids.map(async (accountId) => await makeReward(books, { accountId, uses: 5 })),
    );
    return new Walk(books, ids, payLinks, links);
  }

  /** What is refused changes nothing, and that is part of what is looked at. */
  async take(one: Step): Promise<void> {
    try {
      await this.#do(one);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }

  async #do(one: Step): Promise<void> {
    switch (one.do) {
      case 'receive':
        return await this.#receive(one.which, one.amount, one.over);
      case 'claim':
        return await this.#claim(one.which, one.amount);
      case 'send':
        return await this.#send(one.which, one.how);
      case 'release':
        return await this.#release(one.which, one.how);
      case 'hold':
        return await this.#hold(one.which, one.as);
      case 'transfer':
        return await this.#transfer(one.which, one.amount);
      case 'fund':
        return await this.#fund(one.which, one.amount);
      case 'end':
        return await this.#end(one.which);
      case 'wait':
        this.#books.clock.advance(one.minutes * 60_000);
        return await this.#books.withdrawLinks.endExpired(this.#books.clock.now());
      default:
        one satisfies never;
    }
  }

  async #receive(which: number, amount: number, over: number): Promise<void> {
    const link = pick(this.#payLinks, which);
    const how = over > 0 ? ({ kind: 'overpay', percent: BigInt(over) } as const) : undefined;
    await receive(this.#books, link, msat(BigInt(amount)), how);
  }

  async #claim(which: number, amount: number): Promise<void> {
    const { id } = await claim(this.#books, pick(this.#links, which), msat(BigInt(amount)));
    this.#claims.push(id);
  }

  async #send(which: number, how: 'pay' | 'fail' | 'hang' | 'lose'): Promise<void> {
    const withdrawal = await this.#withdrawal(which);
    const { payer, network } = this.#books;
    if (!withdrawal) return;
    const behaviour = {
      pay: { kind: 'succeed' },
      fail: { kind: 'fail', reason: 'no-route' },
      hang: { kind: 'hang' },
      lose: { kind: 'unknown' },
    } as const;
    network.faults.payment(withdrawal.paymentHash, behaviour[how]);
    await payer.advance(withdrawal.id);
  }

  async #release(which: number, how: 'settle' | 'fail'): Promise<void> {
    const withdrawal = await this.#withdrawal(which);
    if (withdrawal?.state !== 'sending') return;
    const word = await this.#books.node.trackPayment(withdrawal.paymentHash);
    if (word?.state !== 'unknown') return;
    this.#books.network.release(withdrawal.paymentHash, how);
    await this.#books.payer.advance(withdrawal.id);
  }

  /** Held, and then decided as it really was: a person is right here. */
  async #hold(which: number, as: 'paid' | 'failed'): Promise<void> {
    const withdrawal = await this.#withdrawal(which);
    const { withdrawalStore, network, node, heldWithdrawals, clock, random } = this.#books;
    if (withdrawal?.state !== 'sending') return;
    await withdrawalStore.hold(withdrawal.id, 'stuck', undefined, (row) => ({
      ...{ id: `evt_${random(8).toString()}`, type: 'withdrawal.held', createdAt: clock.now() },
      data: { id: row.id, linkId: '', paymentHash: '', amountMsat: 0, feeCapMsat: 0 },
    }));
    if ((await node.trackPayment(withdrawal.paymentHash))?.state === 'unknown') {
      network.release(withdrawal.paymentHash, as === 'paid' ? 'settle' : 'fail');
    }
    const word = await node.trackPayment(withdrawal.paymentHash);
    const decision =
      word?.state === 'paid'
        ? ({ outcome: 'paid', preimage: undefined, fee: undefined, note: undefined } as const)
        : ({ outcome: 'failed', note: undefined } as const);
    await heldWithdrawals.resolve(withdrawal.id, decision, 'key_test');
  }

  async #transfer(which: number, amount: number): Promise<void> {
    const from = pick(this.#accounts, which);
    const to = pick(this.#accounts, Math.floor(which / this.#accounts.length));
    const order = { from, to, amount: msat(BigInt(amount)), note: undefined };
    await this.#books.accounts.transfer(order, 'key_test');
  }

  async #fund(which: number, amount: number): Promise<void> {
    const { clock } = this.#books;
    const terms = {
      accountId: pick(this.#accounts, which),
      ...{ uses: 1 + (which % 3), min: msat(1n), max: msat(BigInt(amount)) },
      expiresAt: clock.now() + (1 + (which % 90)) * 60_000,
    };
    this.#links.push(await makeReward(this.#books, terms, true));
  }

  async #end(which: number): Promise<void> {
    await this.#books.withdrawLinks.remove(pick(this.#links, which).id);
  }

  async #withdrawal(which: number): Promise<Withdrawal | undefined> {
    if (this.#claims.length === 0) return undefined;
    return await this.#books.withdrawals.get(pick(this.#claims, which));
  }
}

function pick<T>(items: readonly T[], which: number): T {
  const item = items[which % items.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Money in is money out, fees and balances, at every moment. */
async function assertSound({ sql }: Books): Promise<void> {
  const [sums] = await sql.query<Record<string, bigint>>(
    `select (select coalesce(sum(amount_msat), 0) from entries) as entries,
            (select sum(balance_msat) from accounts) as balances,
            (select sum(balance_msat) from accounts where id not in ('node', 'fees')) as owned,
            (select coalesce(sum(received_msat), 0) from invoices) as received,
            (select coalesce(sum(amount_msat), 0) from withdrawals where state = 'paid') as paid,
            (select coalesce(sum(fee_msat), 0) from withdrawals where state = 'paid') as fees,
            (select balance_msat from accounts where id = 'in-flight') as in_flight,
            (select coalesce(sum(amount_msat + fee_cap_msat), 0) from withdrawals
              where state in ('reserved', 'sending', 'held')) as open,
            (select balance_msat from accounts where id = 'set-aside') as set_aside,
            (select coalesce(sum(set_aside_msat), 0) from withdraw_links) as aside_by_link,
            (select count(*) from accounts
              where floor_msat is not null and balance_msat < floor_msat) as below,
            (select count(*) from (select transfer_id from entries
              group by transfer_id having sum(amount_msat) <> 0) as odd) as odd`,
  );
  if (!sums) throw new Error('no sums');
  const { entries, balances, below, odd, owned = 0n, received = 0n, paid = 0n, fees = 0n } = sums;
  expect([entries, balances, below, odd]).toEqual([0n, 0n, 0n, 0n]);
  expect(owned).toBe(received - paid - fees);
  expect([sums.in_flight, sums.set_aside]).toEqual([sums.open, sums.aside_by_link]);
}
