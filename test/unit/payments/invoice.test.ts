import { describe, expect, it } from '@jest/globals';
import type { PaymentHash, Preimage } from '../../../src/hex.ts';
import { msat } from '../../../src/msat.ts';
import {
  type Invoice,
  type InvoiceState,
  invoiceEventData,
  mayMove,
  NEXT,
} from '../../../src/payments/invoice.ts';

const STATES = Object.keys(NEXT) as InvoiceState[];

const INVOICE: Invoice = {
  id: 'inv_1',
  paymentHash: 'ab'.repeat(32) as PaymentHash,
  payLinkId: 'pl_1',
  version: 1,
  bolt11: 'lnbcrt1',
  amount: msat(1000n),
  received: undefined,
  comment: undefined,
  tag: undefined,
  caller: 'a caller',
  state: 'open',
  surplus: false,
  createdAt: 0,
  expiresAt: 1,
  cancelAskedAt: undefined,
  closedAt: undefined,
  preimage: undefined,
};

describe('the states of an invoice', () => {
  it('are left only from open, to one of three', () => {
    const moves = STATES.flatMap((from) =>
      STATES.filter((to) => mayMove(from, to)).map((to) => `${from} ${to}`),
    );

    expect(moves).toEqual(['open settled', 'open expired', 'open cancelled']);
  });
});

describe('what events say of an invoice', () => {
  it('is the least for one that is open', () => {
    expect(invoiceEventData(INVOICE, 1_700_000_000_000)).toEqual({
      id: 'inv_1',
      linkId: 'pl_1',
      paymentHash: INVOICE.paymentHash,
      amountMsat: 1000,
      at: '2023-11-14T22:13:20.000Z',
    });
  });

  it('is everything but the preimage for one that is settled (FC-8, FC-9)', () => {
    const settled: Invoice = {
      ...INVOICE,
      state: 'settled',
      received: msat(1500n),
      comment: 'hi',
      tag: 'x',
      surplus: true,
      preimage: 'cd'.repeat(32) as Preimage,
    };

    const data = invoiceEventData(settled, 0);

    expect(data).toMatchObject({ receivedMsat: 1500, comment: 'hi', tag: 'x', surplus: true });
    expect(JSON.stringify(data)).not.toContain('cdcd');
  });
});
