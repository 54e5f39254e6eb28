import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { base32, newId, systemRandom } from '../../src/random.ts';

describe('chance of the operating system', () => {
  it('never hands out the same bytes twice, nor bytes that were cleared', () => {
    const drawn = Array.from({ length: 2_000 }, () => Buffer.from(systemRandom(16)));

    const texts = drawn.map((bytes) => bytes.toString('hex'));
    const zeros = drawn.reduce((count, bytes) => count + bytes.filter((b) => b === 0).length, 0);

    expect(new Set(texts).size).toBe(2_000);
    // 32,000 bytes have about 125 zeros; a pool that was cleared has thousands.
    expect(zeros).toBeLessThan(400);
  });

  it('keeps what it handed out as it was', () => {
    const first = systemRandom(32);
    const before = Buffer.from(first).toString('hex');

    for (let draw = 0; draw < 1_000; draw += 1) systemRandom(32);

    expect(Buffer.from(first).toString('hex')).toBe(before);
  });

  it.each([[0], [1], [32], [256], [257], [9_000]])('gives %i bytes when asked for them', (size) => {
    expect(systemRandom(size)).toHaveLength(size);
  });
});

describe('base32', () => {
  // Test vectors of RFC 4648, section 10, in lower case and without padding.
  it.each([
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ])('writes %j as %j', (text, expected) => {
    expect(base32(Buffer.from(text))).toBe(expected);
  });

  it('has five bits a character, rounded up', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(base32(bytes)).toMatch(/^[a-z2-7]*$/);
        expect(base32(bytes)).toHaveLength(Math.ceil((bytes.length * 8) / 5));
      }),
    );
  });
});

describe('ids', () => {
  it('are a prefix and 128 bits', () => {
    expect(newId('inv', () => new Uint8Array(16))).toBe('inv_aaaaaaaaaaaaaaaaaaaaaaaaaa');
  });
});
