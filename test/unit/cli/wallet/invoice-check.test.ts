import { describe, expect, it } from '@jest/globals';
import { checkInvoice } from '../../../../src/cli/wallet/invoice-check.ts';
import { descriptionHashOf, type PaymentHash } from '../../../../src/hex.ts';
import { type Bolt11Draft, encodeBolt11 } from '../../../../src/lightning/bolt11/encode.ts';
import { signerOf } from '../../../../src/lightning/bolt11/signature.ts';
import { msat } from '../../../../src/msat.ts';

const METADATA = '[["text/plain","Coffee ☕"]]';
const NOW = 1_700_000_000_000;
const DRAFT: Bolt11Draft = {
  network: 'bcrt',
  amount: msat(1500n),
  paymentHash: 'ab'.repeat(32) as PaymentHash,
  paymentSecret: '11'.repeat(32),
  purpose: { descriptionHash: descriptionHashOf(METADATA) },
  createdAt: NOW,
  expirySeconds: 60,
  minFinalCltvDelta: 80,
  features: [8, 14],
};
const EXPECTED = { network: 'bcrt', amount: msat(1500n), metadata: METADATA, now: NOW } as const;

describe('an invoice, as a strict wallet reads it', () => {
  it('is the one that was asked for', () => {
    expect(checkInvoice(signed({}), EXPECTED).paymentHash).toBe(DRAFT.paymentHash);
  });

  it.each<[string, Partial<Bolt11Draft>]>([
    ['it is over 1501 msat', { amount: msat(1501n) }],
    ['it leaves the amount open', { amount: undefined }],
    ['it is for the network bc', { network: 'bc' }],
    ['it has no description hash', { purpose: { description: 'Coffee ☕' } }],
    [
      'its description hash is not that of the metadata',
      { purpose: { descriptionHash: descriptionHashOf('[["text/plain", "Coffee ☕"]]') } },
    ],
    ['it has expired', { createdAt: NOW - 60_000 }],
  ])('is refused: %s', (fault, changes) => {
    expect(() => checkInvoice(signed(changes), EXPECTED)).toThrow(
      `The invoice is not the one that was asked for: ${fault}`,
    );
  });

  it('is refused when a letter of it is wrong', () => {
    const bolt11 = signed({});

    expect(() => checkInvoice(`${bolt11.slice(0, -1)}q`, EXPECTED)).toThrow(
      expect.objectContaining({ code: 'invoice-unacceptable' }),
    );
  });
});

function signed(changes: Partial<Bolt11Draft>): string {
  return encodeBolt11({ ...DRAFT, ...changes }, signerOf(Buffer.alloc(32, 1)));
}
