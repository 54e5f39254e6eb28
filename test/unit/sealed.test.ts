import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { seal, unseal } from '../../src/sealed.ts';
import { anyText } from '../support/any-text.ts';
import { seededRandom } from '../support/seeded-random.ts';

describe('a sealed text', () => {
  it('comes back whole with its key, and not at all with another', () => {
    const random = seededRandom('sealed');
    fc.assert(
      fc.property(anyText(), fc.string(), fc.string(), (text, key, other) => {
        fc.pre(key !== other);
        const sealed = seal(text, key, 'receipt', random);
        expect([unseal(sealed, key, 'receipt'), unseal(sealed, other, 'receipt')]).toEqual([
          text,
          undefined,
        ]);
      }),
    );
  });

  it('opens for nothing but what it was sealed for', () => {
    const sealed = seal('text', 'key', 'receipt', seededRandom('sealed'));

    expect(unseal(sealed, 'key', 'webhook')).toBeUndefined();
  });

  it('looks different each time', () => {
    const random = seededRandom('sealed');

    expect(seal('text', 'key', 'receipt', random)).not.toBe(seal('text', 'key', 'receipt', random));
  });

  it.each([[''], ['AAAA'], ['not base64 at all'], ['{"id":"pl_x"}']])(
    'is not read from %j',
    (sealed) => {
      expect(unseal(sealed, 'key', 'receipt')).toBeUndefined();
    },
  );

  it('is not read when a bit of it was changed', () => {
    const bytes = Buffer.from(seal('text', 'key', 'receipt', seededRandom('sealed')), 'base64');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(unseal(changed.toString('base64'), 'key', 'receipt')).toBeUndefined();
    }
  });
});
