import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeenNumbers } from '../../../src/payments/seen-numbers.ts';

it('knows exactly the numbers that were met, and takes smaller ones for seen', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 100_000 }), { maxLength: 200 }),
      (from, places) => {
        const seen = new SeenNumbers(from);
        const met = new Set(places.map((place) => from + place));
        for (const value of met) seen.add(value);

        const asked = [...met, ...[...met].map((value) => value + 1), from - 1];

        expect(asked.filter((value) => seen.has(value))).toEqual(
          asked.filter((value) => value < from || met.has(value)),
        );
      },
    ),
  );
});
