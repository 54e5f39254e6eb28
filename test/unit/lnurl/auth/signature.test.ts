import { describe, expect, it } from '@jest/globals';
import { getPublicKey, Point, Signature, signAsync } from '@noble/secp256k1';
import fc from 'fast-check';
import { hex32, type K1, parseHex32 } from '../../../../src/hex.ts';
import {
  parseLinkingKey,
  parseSignature,
  verifyLogin,
} from '../../../../src/lnurl/auth/signature.ts';
import { anyText } from '../../../support/any-text.ts';
import vectors from '../../../vectors/auth.json' with { type: 'json' };

const [GOOD] = vectors.logins.map(({ k1, key, sig }) => ({
  k1: k1Of(k1),
  signature: sig,
  linkingKey: key,
}));
if (!GOOD) throw new Error('the vectors of LUD-04 are missing');

/** The prime below which the coordinates of secp256k1 lie, and the order of its points. */
const { p: PRIME, n: ORDER } = Point.CURVE();

function k1Of(text: string): K1 {
  const k1 = parseHex32<K1>(text);
  if (!k1) throw new Error(`no k1: ${text}`);
  return k1;
}

function hex(value: bigint, bytes = 32): string {
  return value.toString(16).padStart(2 * bytes, '0');
}

/** Strict DER of r and s. */
function der(r: bigint, s: bigint): string {
  const content = [r, s].map(derInteger).join('');
  return `30${hex(BigInt(content.length / 2), 1)}${content}`;
}

function derInteger(value: bigint): string {
  const bits = value.toString(2).length;
  const bytes = Math.floor(bits / 8) + 1;
  return `02${hex(BigInt(bytes), 1)}${hex(value, bytes)}`;
}

describe('LUD-04 login', () => {
  it.each(vectors.logins)('from $from is $verdict', ({ k1, key, sig, verdict }) => {
    const proof = { k1: k1Of(k1), signature: sig, linkingKey: key };

    expect(verifyLogin(proof)).toBe(verdict);
  });

  it('reads key and signature in capitals', () => {
    const signature = GOOD.signature.toUpperCase();
    const linkingKey = GOOD.linkingKey.toUpperCase();

    expect(verifyLogin({ k1: GOOD.k1, signature, linkingKey })).toBe('valid');
  });

  it.each([
    ['missing', ''],
    ['cut', GOOD.linkingKey.slice(0, -2)],
    ['a byte too long', `${GOOD.linkingKey}00`],
    ['not hex', `${GOOD.linkingKey.slice(0, -1)}g`],
    ['with a blank', ` ${GOOD.linkingKey.slice(1)}`],
    ['uncompressed', Point.fromHex(GOOD.linkingKey).toHex(false)],
    ['uncompressed and cut', Point.fromHex(GOOD.linkingKey).toHex(false).slice(0, 66)],
    ['its x alone', GOOD.linkingKey.slice(2)],
    ['of another prefix', `05${GOOD.linkingKey.slice(2)}`],
    ['off the curve, x = 5', `02${hex(5n)}`],
    ['zero', `02${hex(0n)}`],
    ['infinity', '00'],
    ['infinity filled up', '00'.repeat(33)],
    ['an x that is the prime', `02${hex(PRIME)}`],
    ['an x above the prime', `03${hex(PRIME + 1n)}`],
    ['all ones', `03${'ff'.repeat(32)}`],
  ])('refuses a key that is %s', (_what, linkingKey) => {
    expect(verifyLogin({ ...GOOD, linkingKey })).toBe('invalid-key');
    expect(parseLinkingKey(linkingKey)).toBeUndefined();
  });

  it.each([
    ['missing', ''],
    ['half a byte', '3'],
    ['cut in the middle of a byte', GOOD.signature.slice(0, -1)],
    ['cut', GOOD.signature.slice(0, -2)],
    ['followed by a byte', `${GOOD.signature}00`],
    ['not hex', `${GOOD.signature.slice(0, -2)}zz`],
    ['with a blank', ` ${GOOD.signature}`],
    ['with a prefix', `0x${GOOD.signature}`],
    ['compact', '11'.repeat(64)],
    ['longer than DER can be', '30'.repeat(73)],
    ['r = 0', '3006020100020101'],
    ['s = 0', '3006020101020100'],
  ])('refuses a signature that is %s', (_what, signature) => {
    expect(verifyLogin({ ...GOOD, signature })).toBe('invalid-encoding');
  });

  const { r: goodR, s: goodS } = rAndS(GOOD.signature);

  it.each([
    ['of other numbers', der(1n, 1n)],
    ['with r and s changed over', der(goodS, goodR)],
    ['with r = order', der(ORDER, goodS)],
    ['with s = order', der(goodR, ORDER)],
    ['with r one order higher', der(2n ** 256n - 1n, goodS)],
    ['with s beside it', der(goodR, goodS + 1n)],
    ['with s = order - 1', der(goodR, ORDER - 1n)],
    ['with r = prime', der(PRIME, goodS)],
  ])('refuses a signature %s', (_what, signature) => {
    expect(verifyLogin({ ...GOOD, signature })).toBe('invalid-signature');
  });

  it('refuses the signature of another k1 or another key', () => {
    const k1 = k1Of('00'.repeat(32));
    const linkingKey = Point.BASE.toHex();

    expect(verifyLogin({ ...GOOD, k1 })).toBe('invalid-signature');
    expect(verifyLogin({ ...GOOD, linkingKey })).toBe('invalid-signature');
  });

  it('judges the key before the signature', () => {
    expect(verifyLogin({ k1: GOOD.k1, signature: '', linkingKey: '' })).toBe('invalid-key');
  });

  it('accepts what a wallet signs, with either s, and nothing one bit beside', async () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const secret = fc
      .bigInt({ min: 1n, max: ORDER - 1n })
      .map((value) => Buffer.from(hex(value), 'hex'));

    await fc.assert(
      fc.asyncProperty(secret, bytes32, fc.nat(255), async (key, digest, bit) => {
        const linkingKey = Buffer.from(getPublicKey(key)).toString('hex');
        const { r, s } = Signature.fromBytes(await signAsync(digest, key, { prehash: false }));
        const flipped = Uint8Array.from(digest);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const proof = { k1: hex32<K1>(digest), signature: der(r, s), linkingKey };

        expect(verifyLogin(proof)).toBe('valid');
        expect(verifyLogin({ ...proof, signature: der(r, ORDER - s) })).toBe('valid');
        expect(verifyLogin({ ...proof, k1: hex32<K1>(flipped) })).toBe('invalid-signature');
      }),
      { numRuns: 25 },
    );
    // On a machine that is busy with other things a hundred curve operations take their time.
  }, 30_000);

  it('never throws', () => {
    const text = fc.oneof(
      anyText(),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), maxLength: 150 }),
      fc.constant(GOOD.signature),
      fc.constant(GOOD.linkingKey),
    );

    fc.assert(
      fc.property(text, text, (signature, linkingKey) => {
        expect(verifyLogin({ k1: GOOD.k1, signature, linkingKey })).toMatch(/^(valid|invalid-.+)$/);
      }),
    );
  });
});

describe('LUD-04 key and sig', () => {
  it('are kept in small letters', () => {
    expect(parseLinkingKey(GOOD.linkingKey.toUpperCase())).toBe(GOOD.linkingKey);
    expect(parseSignature(GOOD.signature.toUpperCase())).toBe(GOOD.signature);
  });

  it.each([[''], ['3'], ['303'], ['zz'], [' 30'], ['30 '], ['30\n'], ['30'.repeat(73)]])(
    'have no text like %j for a signature',
    (text) => {
      expect(parseSignature(text)).toBeUndefined();
    },
  );
});

function rAndS(signature: string): { r: bigint; s: bigint } {
  // Both numbers of the LUD-04 example have 32 bytes.
  return { r: BigInt(`0x${signature.slice(8, 72)}`), s: BigInt(`0x${signature.slice(76)}`) };
}
