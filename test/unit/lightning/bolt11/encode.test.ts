import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DescriptionHash, PaymentHash } from '../../../../src/hex.ts';
import { decodeBolt11 } from '../../../../src/lightning/bolt11/decode.ts';
import { type Bolt11Draft, encodeBolt11 } from '../../../../src/lightning/bolt11/encode.ts';
import { nodeKeyOf, signerOf } from '../../../../src/lightning/bolt11/signature.ts';
import { MAX_MSAT, msat } from '../../../../src/msat.ts';
import { anyText } from '../../../support/any-text.ts';
import { CREATED_AT, EXAMPLE_PRIVATE_KEY, VALID } from '../../../vectors/bolt11.ts';

const PRIVATE_KEY = Buffer.from(EXAMPLE_PRIVATE_KEY, 'hex');
const sign = signerOf(PRIVATE_KEY);

const DRAFT: Bolt11Draft = {
  network: 'bc',
  amount: undefined,
  paymentHash: '0001020304050607080900010203040506070809000102030405060708090102' as PaymentHash,
  paymentSecret: '11'.repeat(32),
  purpose: { description: 'Please consider supporting this project' },
  createdAt: CREATED_AT,
  expirySeconds: undefined,
  minFinalCltvDelta: undefined,
  features: [8, 14],
};
const CAKE_HASH =
  '3925b6f67e2c340036ed12093dd44e0368df1b6ea26c53dbe4811f58fd5db8c1' as DescriptionHash;

describe('BOLT-11 encoder', () => {
  it.each<[number, Partial<Bolt11Draft>]>([
    [0, {}],
    [1, coffee('1 cup coffee')],
    [2, coffee('ナンセンス 1杯')],
    [3, { amount: msat(2_000_000_000n), purpose: { descriptionHash: CAKE_HASH } }],
  ])('writes example %i of the standard to the letter', (index, changes) => {
    const bolt11 = encodeBolt11({ ...DRAFT, ...changes }, sign);

    expect(bolt11).toBe(VALID[index]?.bolt11);
  });

  it('writes what the decoder reads', () => {
    const payee = nodeKeyOf(PRIVATE_KEY);

    fc.assert(
      fc.property(drafts(), (draft) => {
        const invoice = decodeBolt11(encodeBolt11(draft, sign));
        expect(invoice).toEqual({ ...read(draft), payee });
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a description of more than 639 bytes', () => {
    const draft = { ...DRAFT, purpose: { description: 'x'.repeat(640) } };

    expect(() => encodeBolt11(draft, sign)).toThrow(RangeError);
  });
});

function coffee(description: string): Partial<Bolt11Draft> {
  return { amount: msat(250_000_000n), purpose: { description }, expirySeconds: 60 };
}

/** What the decoder must say of a draft, except for the payee. */
function read({ purpose, expirySeconds, ...draft }: Bolt11Draft): object {
  const createdAt = Math.floor(draft.createdAt / 1000) * 1000;
  return {
    ...draft,
    description: undefined,
    descriptionHash: undefined,
    ...purpose,
    createdAt,
    expiresAt: createdAt + (expirySeconds ?? 3600) * 1000,
    minFinalCltvDelta: draft.minFinalCltvDelta ?? 18,
    routeHints: [],
    blinded: false,
    doubled: false,
  };
}

function drafts(): fc.Arbitrary<Bolt11Draft> {
  const hex = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString('hex'));
  const amount = fc.bigInt({ min: 1n, max: MAX_MSAT }).map(msat);
  return fc.record({
    network: fc.constantFrom('bc', 'tb', 'tbs', 'bcrt'),
    amount: fc.option(amount, { nil: undefined }),
    paymentHash: hex.map((text) => text as PaymentHash),
    paymentSecret: hex,
    purpose: fc.oneof(
      anyText({ maxLength: 100 }).map((description) => ({ description })),
      hex.map((text) => ({ descriptionHash: text as DescriptionHash })),
    ),
    createdAt: fc.nat(4_000_000_000_000),
    expirySeconds: fc.option(fc.nat(31_536_000), { nil: undefined }),
    minFinalCltvDelta: fc.option(fc.nat(65_535), { nil: undefined }),
    features: fc.subarray([17, 25, 49, 99]).map((offered) => [8, 14, ...offered]),
  });
}
