import { describe, expect, it } from '@jest/globals';
import { SETTING_NAMES } from '../../../src/config/settings.ts';
import { unknownNames } from '../../../src/config/unknown-names.ts';

describe('a variable of ours', () => {
  it('is known when a setting reads it', () => {
    expect(unknownNames([...SETTING_NAMES, 'BOLTGATE_SECRET_FILE', 'HOME'])).toEqual([]);
  });

  it.each([
    ['BOLTGATE_LISEN', 'BOLTGATE_LISTEN'],
    ['BOLTGATE_LISTNE', 'BOLTGATE_LISTEN'],
    ['BOLTGATE_ADMINKEY', 'BOLTGATE_ADMIN_KEY'],
    ['BOLTGATE_ADMIN_KEY_FIEL', 'BOLTGATE_ADMIN_KEY_FILE'],
    ['BOLTGATE_FEE_MIN', 'BOLTGATE_FEE_MIN_MSAT'],
    ['BOLTGATE_PUBLIC', 'BOLTGATE_PUBLIC_URL'],
  ])('%s is taken for %s', (given, meant) => {
    expect(unknownNames([given])).toEqual([
      `${given}: there is no such setting; did you mean ${meant}?`,
    ]);
  });

  it.each([
    ['BOLTGATE_'],
    ['BOLTGATE_X'],
    ['BOLTGATE_MONEY'],
    ['BOLTGATE_URLS'],
    ['BOLTGATE_listen'],
  ])('%s is taken for none', (given) => {
    expect(unknownNames([given])).toEqual([`${given}: there is no such setting`]);
  });
});
