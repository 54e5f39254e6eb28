import { describe, expect, it } from '@jest/globals';
import { hex32, type K1, type PaymentHash, type Preimage } from '../../../src/hex.ts';
import { msat } from '../../../src/msat.ts';
import {
  WITHDRAWAL_NEXT,
  type Withdrawal,
  type WithdrawalState,
  withdrawalEventData,
  withdrawalSourcesOf,
} from '../../../src/payments/withdrawal.ts';
import { withdrawalEndEvents } from '../../../src/payments/withdrawal-end.ts';
import { failureText } from '../../../src/payments/withdrawals.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const WITHDRAWAL: Withdrawal = {
  id: 'wd_1',
  withdrawLinkId: 'wl_1',
  k1: hex32<K1>(Buffer.alloc(32, 1)),
  paymentHash: hex32<PaymentHash>(Buffer.alloc(32, 2)),
  bolt11: 'lnbcrt1',
  amount: msat(21_000n),
  feeCap: msat(10_000n),
  fee: msat(7n),
  invoiceExpiresAt: 1,
  state: 'paid',
  sendsStarted: 1,
  sendsClosed: 1,
  ambiguousAt: undefined,
  knownAt: undefined,
  reason: undefined,
  stuck: undefined,
  preimage: hex32<Preimage>(Buffer.alloc(32, 3)),
  createdAt: 1,
  closedAt: 2,
};

describe('the states of a claim', () => {
  it.each<[WithdrawalState, WithdrawalState[]]>([
    ['reserved', []],
    ['sending', ['reserved']],
    ['held', ['sending']],
    ['paid', ['sending', 'held']],
    ['failed', ['reserved', 'sending', 'held']],
  ])('%s is reached from %j alone', (state, sources) => {
    expect(withdrawalSourcesOf(state)).toEqual(sources);
  });

  it('ends for ever, and only what was sent can be paid', () => {
    expect([WITHDRAWAL_NEXT.paid, WITHDRAWAL_NEXT.failed]).toEqual([[], []]);
    expect(WITHDRAWAL_NEXT.reserved).not.toContain('paid');
    expect(WITHDRAWAL_NEXT.reserved).not.toContain('held');
  });
});

describe('what is told of a claim', () => {
  it('has neither its k1, nor its invoice, nor its preimage', () => {
    expect(withdrawalEventData(WITHDRAWAL)).toEqual({
      id: 'wd_1',
      linkId: 'wl_1',
      paymentHash: WITHDRAWAL.paymentHash,
      amountMsat: 21_000,
      feeCapMsat: 10_000,
      feeMsat: 7,
    });
    const failed = { ...WITHDRAWAL, fee: undefined, reason: 'no-route' };
    expect(withdrawalEventData(failed)).toMatchObject({ reason: 'no-route' });
    expect(withdrawalEventData(failed)).not.toHaveProperty('feeMsat');
  });

  it.each([
    ['paid', false, ['withdrawal.paid']],
    ['paid', true, ['withdrawal.paid', 'link.spent']],
    ['failed', false, ['withdrawal.failed']],
  ] as const)('at its end as %s, with the last use: %j', (state, spent, types) => {
    const events = withdrawalEndEvents({ ...WITHDRAWAL, state }, spent, 9, seededRandom('end'));

    expect(events.map(({ type }) => type)).toEqual(types);
    expect(events.map(({ createdAt }) => createdAt)).toEqual(types.map(() => 9));
  });
});

describe('what a wallet is told of a claim that failed (LUD03-15)', () => {
  it.each<[string | undefined, RegExp]>([
    ['no-route', /route/],
    ['fee-too-high', /^route fee too high/],
    ['expired', /expired/],
    ['refused-by-payee', /refused/],
    ['timeout', /failed/],
    ['no-balance', /failed/],
    ['known-to-node', /failed/],
    ['never-sent', /failed/],
    ['operator', /failed/],
    ['history-lost', /failed/],
    [undefined, /failed/],
  ])('of %s is short, plain and says what to do', (reason, words) => {
    const text = failureText(reason);

    expect(text).toMatch(words);
    expect(text).toMatch(/^[\x20-\x3b\x3d-\x7e]{1,90}$/);
    expect(text).toMatch(/another|new one/);
  });
});
