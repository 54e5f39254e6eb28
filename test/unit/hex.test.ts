import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  descriptionHashOf,
  hex32,
  hexToBytes,
  type Preimage,
  parseHex32,
  parseKey33,
  paymentHashOf,
  sha256Hex,
} from '../../src/hex.ts';

const AB = 'ab'.repeat(32);

describe('32 bytes of hex', () => {
  it.each([
    [AB, AB],
    [AB.toUpperCase(), AB],
    ['aB'.repeat(32), AB],
  ])('are read from %j in lower case', (text, value) => {
    expect(parseHex32(text)).toBe(value);
  });

  it.each([
    '',
    'ab',
    AB.slice(1),
    `${AB}0`,
    `${AB}\n`,
    ` ${AB}`,
    `0x${AB.slice(2)}`,
    'g'.repeat(64),
    'ａ'.repeat(64),
  ])('are not %j', (text) => {
    expect(parseHex32(text)).toBeUndefined();
  });

  it('go to bytes and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const hex = hex32<Preimage>(bytes);

        expect(parseHex32(hex)).toBe(hex);
        expect(Buffer.from(hexToBytes(hex)).equals(bytes)).toBe(true);
      }),
    );
  });

  it.each([0, 31, 33])('are not made of %i bytes', (length) => {
    expect(() => hex32(new Uint8Array(length))).toThrow(RangeError);
  });
});

describe('a compressed key', () => {
  it.each(['02', '03'])('begins with %s', (prefix) => {
    expect(parseKey33((prefix + AB).toUpperCase())).toBe(prefix + AB);
  });

  it.each([
    '',
    AB,
    `04${AB}`,
    `00${AB}`,
    `02${AB}00`,
    `02${AB.slice(2)}`,
    `04${AB}${AB}`,
    `02${AB}\n`,
  ])('is not %j', (text) => {
    expect(parseKey33(text)).toBeUndefined();
  });
});

describe('a hash', () => {
  it('is that of the bytes of a text in UTF-8', () => {
    // FIPS 180-4 and NIST's example for "abc".
    expect(sha256Hex('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(descriptionHashOf('☕')).toBe(sha256Hex(Buffer.from([0xe2, 0x98, 0x95])));
  });

  it('of a preimage is that of its bytes, not of its hex', () => {
    // SHA-256 of 32 zero bytes.
    const preimage = '00'.repeat(32) as Preimage;

    expect(paymentHashOf(preimage)).toBe(
      '66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925',
    );
    expect(paymentHashOf(preimage)).not.toBe(sha256Hex(preimage));
  });
});
