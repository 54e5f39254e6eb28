import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { K1 } from '../../../src/hex.ts';
import { Challenges } from '../../../src/lnurl/k1.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const NOW = 1_700_000_000_000;
const LIFE_MS = 600_000;
const LINK = 'wl_aaaa';
const OTHER = 'wl_bbbb';

function start(key = 1) {
  return new Challenges(new Uint8Array(32).fill(key), seededRandom('k1'));
}

describe('challenges for many', () => {
  it('are 32 bytes of lower-case hex, and never the same twice (GEN-30)', () => {
    const challenges = start();

    const made = Array.from({ length: 1_000 }, () => challenges.issue(LINK, NOW));

    for (const k1 of made) expect(k1).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(made).size).toBe(1_000);
  });

  it.each([
    [0, 'good'],
    [LIFE_MS - 1, 'good'],
    [LIFE_MS, 'expired'],
    [365 * 86_400_000, 'expired'],
    // A clock that was set back does not lock out who holds a code.
    [-60_000, 'good'],
  ] as const)('are judged by their age: %i ms is %s (LUD03-14)', (ageMs, verdict) => {
    const challenges = start();
    const k1 = challenges.issue(LINK, NOW);

    expect(challenges.judge(k1, LINK, NOW + ageMs)).toBe(verdict);
  });

  it('are good to the second in which they were made', () => {
    const challenges = start();

    const k1 = challenges.issue(LINK, NOW + 999);

    expect(challenges.judge(k1, LINK, NOW + LIFE_MS - 1)).toBe('good');
    expect(challenges.judge(k1, LINK, NOW + LIFE_MS)).toBe('expired');
  });

  it('are strange to every other link, and to every other server', () => {
    const challenges = start();
    const k1 = challenges.issue(LINK, NOW);

    expect(challenges.judge(k1, OTHER, NOW)).toBe('strange');
    expect(start(2).judge(k1, LINK, NOW)).toBe('strange');
    expect(challenges.judge(challenges.fixed(LINK), LINK, NOW)).toBe('strange');
  });

  it('are strange as soon as one bit is another', () => {
    const challenges = start();
    const k1 = challenges.issue(LINK, NOW);

    fc.assert(
      fc.property(fc.nat(255), (bit) => {
        const bytes = Buffer.from(k1, 'hex');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const altered = bytes.toString('hex') as K1;
        expect(challenges.judge(altered, LINK, NOW)).toBe('strange');
      }),
      { numRuns: 256 },
    );
  });

  it('are not to be guessed', () => {
    const challenges = start();
    const guess = fc.uint8Array({ minLength: 32, maxLength: 32 });

    fc.assert(
      fc.property(guess, (bytes) => {
        const k1 = Buffer.from(bytes).toString('hex') as K1;
        expect(challenges.judge(k1, LINK, NOW)).toBe('strange');
        expect(challenges.isFixed(k1, LINK)).toBe(false);
      }),
    );
  });
});

describe('the challenge of a voucher', () => {
  it('is the same at every call and after a restart, and differs by link and by server', () => {
    const k1 = start().fixed(LINK);

    expect(k1).toMatch(/^[0-9a-f]{64}$/);
    expect(start().fixed(LINK)).toBe(k1);
    expect(start().fixed(OTHER)).not.toBe(k1);
    expect(start(2).fixed(LINK)).not.toBe(k1);
  });

  it('is known by its own link alone', () => {
    const challenges = start();
    const k1 = challenges.fixed(LINK);

    expect(challenges.isFixed(k1, LINK)).toBe(true);
    expect(challenges.isFixed(k1, OTHER)).toBe(false);
    expect(challenges.isFixed(challenges.issue(LINK, NOW), LINK)).toBe(false);
  });
});
