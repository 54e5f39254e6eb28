import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compactFromDer } from '../../../../src/lnurl/auth/der.ts';

const ONE = '020101';
/** 32 bytes whose first bit is set, so that DER puts a zero in front. */
const HIGH = `022100${'ff'.repeat(32)}`;
const LOW = `0220${'7f'.repeat(32)}`;

function sequence(...parts: string[]): string {
  const content = parts.join('');
  return `30${byte(content.length / 2)}${content}`;
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function compact(hex: string): string | undefined {
  const bytes = compactFromDer(Buffer.from(hex, 'hex'));
  return bytes && Buffer.from(bytes).toString('hex');
}

/** DER as X.690 writes it, by way of the number and not of the bytes. */
function integer(value: bigint): string {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const content = Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even;
  return `02${byte(content.length / 2)}${content}`;
}

describe('DER of a signature (BIP-66)', () => {
  it.each([
    ['the smallest numbers', sequence(ONE, ONE), `${'01'.padStart(64, '0')}`.repeat(2)],
    ['the largest numbers', sequence(HIGH, HIGH), 'ff'.repeat(64)],
    ['a low and a high number', sequence(LOW, HIGH), '7f'.repeat(32) + 'ff'.repeat(32)],
    [
      'one byte with its sign bit set',
      sequence('02020080', ONE),
      `${'80'.padStart(64, '0')}${'01'.padStart(64, '0')}`,
    ],
  ])('reads %s', (_what, der, expected) => {
    expect(compact(der)).toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['one byte', '30'],
    ['an empty sequence', '3000'],
    ['zeros', '00'.repeat(70)],
    ['only r', sequence(LOW)],
    ['a third integer', sequence(ONE, ONE, ONE)],
    ['another outer tag', `31${sequence(LOW, LOW).slice(2)}`],
    ['another tag of r', sequence(`03${LOW.slice(2)}`, LOW)],
    ['another tag of s', sequence(LOW, `03${LOW.slice(2)}`)],
    ['a byte behind the end', `${sequence(LOW, LOW)}00`],
    ['a byte behind s, counted', sequence(LOW, LOW, '00')],
    ['its last byte missing', sequence(LOW, LOW).slice(0, -2)],
    ['s missing its last byte, counted', sequence(LOW, LOW.slice(0, -2))],
    ['an outer length that is too small', `3043${sequence(LOW, LOW).slice(4)}`],
    ['an outer length that is too large', `3045${sequence(LOW, LOW).slice(4)}`],
    ['an outer length in long form', `308144${sequence(LOW, LOW).slice(4)}`],
    ['an outer length of no end', `3080${LOW}${LOW}0000`],
    ['a length of r in long form', sequence(`028120${'7f'.repeat(32)}`, ONE)],
    ['a length of r beyond the end', sequence(`02ff${'7f'.repeat(32)}`, LOW)],
    ['a length of r that swallows s', sequence(`0242${'7f'.repeat(32)}`, LOW)],
    ['a length of s beyond the end', sequence(LOW, `0221${'7f'.repeat(32)}`)],
    ['an empty r', sequence('0200', LOW, ONE)],
    ['an empty s', sequence(LOW, ONE.slice(0, 2), '00')],
    ['r = 0', sequence('020100', LOW)],
    ['s = 0', sequence(LOW, '020100')],
    ['r = 0 in two bytes', sequence('02020000', LOW)],
    ['a negative r', sequence(`0220${'80'.repeat(32)}`, LOW)],
    ['a negative s', sequence(LOW, `0220${'80'.repeat(32)}`)],
    ['r with a zero too many', sequence(`022100${'7f'.repeat(32)}`, ONE)],
    ['s with a zero too many', sequence(ONE, `022100${'7f'.repeat(32)}`)],
    ['r with two zeros in front', sequence(`02220000${'ff'.repeat(32)}`, ONE)],
    ['r of 33 bytes', sequence(`0221${'7f'.repeat(33)}`, ONE)],
    ['s of 33 bytes behind a zero', sequence(ONE, `022200${'ff'.repeat(33)}`)],
    ['the compact form', '11'.repeat(64)],
    ['73 bytes', sequence(HIGH, `022200${'ff'.repeat(33)}`)],
  ])('refuses %s', (_what, der) => {
    expect(compact(der)).toBeUndefined();
  });

  const scalar = fc.oneof(
    fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }),
    fc.integer({ min: 0, max: 255 }).map((shift) => 1n << BigInt(shift)),
  );

  it('gives back all numbers of 32 bytes', () => {
    fc.assert(
      fc.property(scalar, scalar, (r, s) => {
        const expected = [r, s].map((value) => value.toString(16).padStart(64, '0')).join('');

        expect(compact(sequence(integer(r), integer(s)))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('knows one form only: what it reads is what one would write', () => {
    const der = fc.tuple(scalar, scalar).map(([r, s]) => sequence(integer(r), integer(s)));
    const changed = fc.tuple(der, fc.nat(71), fc.nat(255)).map(([text, at, value]) => {
      const bytes = Buffer.from(text, 'hex');
      bytes[at % bytes.length] = value;
      return bytes.toString('hex');
    });

    fc.assert(
      fc.property(changed, (text) => {
        const read = compact(text);
        fc.pre(read !== undefined);
        const halves = [read?.slice(0, 64), read?.slice(64)];

        expect(sequence(...halves.map((half) => integer(BigInt(`0x${half}`))))).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });
});
