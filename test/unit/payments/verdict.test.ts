import { describe, expect, it } from '@jest/globals';
import type { PaymentHash } from '../../../src/hex.ts';
import { msat } from '../../../src/msat.ts';
import type { BookedClaim, BookedInvoice } from '../../../src/payments/books.ts';
import { judgeClaim, judgeInvoice, type PaymentWord } from '../../../src/payments/verdict.ts';

const paymentHash = 'ab'.repeat(32) as PaymentHash;
const BOOKING = { seq: 1, node: 1000n, fees: 7n };
const PAID: BookedClaim = {
  ...{ id: 'wd_1', paymentHash, state: 'paid', reason: undefined, sendsStarted: 1 },
  ...{ amount: msat(1000n), fee: msat(7n), booking: BOOKING },
};
const OPEN: BookedClaim = { ...PAID, state: 'sending', fee: undefined, booking: undefined };
const UNSENT: BookedClaim = { ...OPEN, sendsStarted: 0 };
const FAILED: BookedClaim = { ...OPEN, state: 'failed', reason: 'timeout' };

const NODE_PAID: PaymentWord = { state: 'paid', amount: 1000n, fee: 7n };
const UNDER_WAY: PaymentWord = { state: 'unknown', amount: 1000n };

describe('a claim, held against the node', () => {
  it.each<[string, BookedClaim, PaymentWord, string]>([
    ['is paid on both sides', PAID, NODE_PAID, 'agrees'],
    ['is paid, and the amount is not known', PAID, { ...NODE_PAID, amount: undefined }, 'agrees'],
    ['is being sent, and paid at the node', OPEN, NODE_PAID, 'pending'],
    ['is being sent, and not there yet', OPEN, undefined, 'pending'],
    ['is held, and under way', { ...OPEN, state: 'held' }, UNDER_WAY, 'pending'],
    ['was not sent', { ...UNSENT, state: 'reserved' }, undefined, 'agrees'],
    ['was not sent, and is there', { ...UNSENT, state: 'reserved' }, NODE_PAID, 'foreign'],
    ['failed on both sides', FAILED, undefined, 'agrees'],
    ['failed unsent', { ...FAILED, sendsStarted: 0 }, NODE_PAID, 'foreign'],
    ['was known to the node', { ...FAILED, reason: 'known-to-node' }, NODE_PAID, 'foreign'],
    ['was called failed by a person', { ...FAILED, reason: 'operator' }, UNDER_WAY, 'decided'],
    ['was called paid by a person', { ...PAID, reason: 'operator' }, undefined, 'decided'],
  ])('that %s is no difference', (_, claim, word, kind) => {
    expect(judgeClaim(claim, word)).toEqual({ kind });
  });

  it.each<[string, BookedClaim, PaymentWord, readonly object[]]>([
    [
      'failed here and is paid there',
      FAILED,
      NODE_PAID,
      [{ kind: 'payment-not-booked', found: undefined, expected: 1000n }],
    ],
    [
      'failed here and may yet be paid there',
      FAILED,
      UNDER_WAY,
      [{ kind: 'payment-not-booked', found: undefined, expected: 1000n }],
    ],
    [
      'was called failed by a person and is paid there',
      { ...FAILED, reason: 'operator' },
      NODE_PAID,
      [{ kind: 'payment-not-booked', found: undefined, expected: 1000n }],
    ],
    ['is paid here only', PAID, undefined, [{ kind: 'payment-missing', found: 1000n }]],
    ['is paid here and under way there', PAID, UNDER_WAY, [{ kind: 'payment-missing' }]],
    [
      'was over another amount and another fee',
      PAID,
      { state: 'paid', amount: 1001n, fee: 8n },
      [
        { kind: 'payment-amount', found: 1000n, expected: 1001n },
        { kind: 'payment-fee', found: 7n, expected: 8n },
      ],
    ],
    [
      'was never booked',
      { ...PAID, booking: undefined },
      NODE_PAID,
      [{ kind: 'booking', found: undefined, expected: 1000n }],
    ],
    [
      'was booked with another fee',
      { ...PAID, booking: { ...BOOKING, fees: 6n } },
      NODE_PAID,
      [{ kind: 'booking', found: 6n, expected: 7n }],
    ],
    [
      'was decided by a person and never booked',
      { ...PAID, reason: 'operator', booking: undefined },
      undefined,
      [{ kind: 'booking', found: undefined, expected: 1000n }],
    ],
    [
      'is not paid and was booked',
      { ...FAILED, booking: BOOKING },
      undefined,
      [{ kind: 'booking', found: 1000n, expected: undefined }],
    ],
  ])('that %s differs', (_, claim, word, differences) => {
    expect(judgeClaim(claim, word)).toEqual({
      kind: 'differs',
      differences: differences.map((one) => expect.objectContaining({ id: 'wd_1', ...one })),
    });
  });
});

const SETTLED: BookedInvoice = {
  ...{ id: 'inv_1', paymentHash, state: 'settled', received: msat(1000n) },
  booking: { seq: 1, node: -1000n, fees: 0n },
};
const EXPIRED: BookedInvoice = {
  ...SETTLED,
  ...{ state: 'expired', received: undefined, booking: undefined },
};

describe('an invoice, held against the node', () => {
  it.each<[string, BookedInvoice, bigint | undefined]>([
    ['is settled on both sides', SETTLED, 1000n],
    ['is settled on no side', EXPIRED, undefined],
  ])('that %s is no difference', (_, invoice, received) => {
    expect(judgeInvoice(invoice, received)).toEqual({ kind: 'agrees' });
  });

  it.each<[string, BookedInvoice, bigint | undefined, readonly object[]]>([
    ['is settled here only', SETTLED, undefined, [{ kind: 'invoice-missing', found: 1000n }]],
    ['is settled there only', EXPIRED, 1000n, [{ kind: 'invoice-not-booked', expected: 1000n }]],
    [
      'got more than we know',
      SETTLED,
      1500n,
      [{ kind: 'invoice-amount', found: 1000n, expected: 1500n }],
    ],
    [
      'was never booked',
      { ...SETTLED, booking: undefined },
      1000n,
      [{ kind: 'booking', found: undefined, expected: 1000n }],
    ],
    [
      'is not settled and was booked',
      { ...EXPIRED, booking: SETTLED.booking },
      undefined,
      [{ kind: 'booking', found: -1000n, expected: undefined }],
    ],
  ])('that %s differs', (_, invoice, received, differences) => {
    expect(judgeInvoice(invoice, received)).toEqual({
      kind: 'differs',
      differences: differences.map((one) => expect.objectContaining({ id: 'inv_1', ...one })),
    });
  });
});
