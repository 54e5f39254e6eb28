import { describe, expect, it } from '@jest/globals';
import { readChallenge } from '../../../../src/cli/wallet/login.ts';

const K1 = 'e2af6254a8df433264fa23f67eb8188635d15ce883e8fc020989d5f82ae6f11e';

describe('a login link, as a strict wallet reads it (LUD-04)', () => {
  it.each([
    [`https://site.com/login?tag=login&k1=${K1}`, 'site.com', 'login'],
    [`https://site.com/login?k1=${K1}&tag=login`, 'site.com', 'login'],
    [`https://site.com/l?tag=login&k1=${K1}&action=register`, 'site.com', 'register'],
    [`http://localhost:3000/lnurla?tag=login&k1=${K1}`, 'localhost', 'login'],
  ])('%s asks for %s', (url, domain, action) => {
    expect(readChallenge({ kind: 'url', url })).toEqual({ url, domain, k1: K1, action });
  });

  it.each([
    ['another tag', `?tag=withdrawRequest&k1=${K1}`],
    ['a tag in capitals', `?tag=LOGIN&k1=${K1}`],
    ['an escaped tag', `?tag=l%6Fgin&k1=${K1}`],
    ['no k1', '?tag=login'],
    ['a short k1', '?tag=login&k1=00'],
    ['a k1 in capitals', `?tag=login&k1=${K1.toUpperCase()}`],
    ['two k1', `?tag=login&k1=${K1}&k1=${K1}`],
    ['an action that is none', `?tag=login&k1=${K1}&action=pay`],
    ['a signature already', `?tag=login&k1=${K1}&sig=00`],
  ])('is refused with %s', (_what, query) => {
    expect(() => readChallenge({ kind: 'url', url: `https://site.com/login${query}` })).toThrow(
      expect.objectContaining({ name: 'Refusal' }),
    );
  });
});
