import { describe, expect, it } from '@jest/globals';
import { bech32, bech32m } from 'bech32';
import fc from 'fast-check';
import { RequestError } from '../../../src/errors.ts';
import { decodeLnurl, encodeLnurl } from '../../../src/lnurl/lnurl.ts';
import { anyText } from '../../support/any-text.ts';
import vectors from '../../vectors/lnurl.json' with { type: 'json' };

describe('LUD-01 lnurl', () => {
  it.each(vectors.bech32)('decodes $lnurl', ({ lnurl, url }) => {
    expect(decodeLnurl(lnurl)).toBe(url);
    expect(decodeLnurl(lnurl.toUpperCase())).toBe(url);
    expect(decodeLnurl(`  ${lnurl.toLowerCase()}\n`)).toBe(url);
  });

  it.each(vectors.bech32)('encodes $url', ({ lnurl, url }) => {
    expect(encodeLnurl(url)).toBe(lnurl.toLowerCase());
  });

  it.each(vectors.refusedLnurls)('refuses %s', (text) => {
    expect(decodeLnurl(text)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['an empty URL', bech32.encode('lnurl', [])],
    [
      'the checksum of bech32m',
      bech32m.encode('lnurl', bech32.toWords(Buffer.from('https://a.io'))),
    ],
    ['bytes that are no UTF-8', bech32.encode('lnurl', bech32.toWords([0x68, 0xff, 0x74]))],
    ['padding that is not zero', bech32.encode('lnurl', [13, 1])],
    ['a letter k beyond ASCII', encodeLnurl('http://k.io').toUpperCase().replaceAll('K', '\u212a')],
    ['more than a QR code holds', bech32.encode('lnurl', new Array(4_285).fill(0), 5_000)],
  ])('refuses %s', (_what, text) => {
    expect(decodeLnurl(text)).toBeUndefined();
  });

  it('gives back every text that it encoded, in either case', () => {
    const text = anyText({ minLength: 1, maxLength: 120 });

    fc.assert(
      fc.property(text, (url) => {
        const lnurl = encodeLnurl(url);

        expect(decodeLnurl(lnurl)).toBe(url);
        expect(decodeLnurl(lnurl.toUpperCase())).toBe(url);
      }),
    );
  });

  it('finds every single wrong character', () => {
    const lnurl = encodeLnurl('https://pay.example.com/lnurlp/abc');
    const place = fc.nat(lnurl.length - 7);
    const letter = fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l');

    fc.assert(
      fc.property(place, letter, (index, other) => {
        const at = index + 6;
        fc.pre(lnurl[at] !== other);

        expect(decodeLnurl(lnurl.slice(0, at) + other + lnurl.slice(at + 1))).toBeUndefined();
      }),
    );
  });

  it('encodes a URL as long as a QR code holds, and no longer', () => {
    const longest = `https://a.io/${'x'.repeat(2_677 - 13)}`;

    expect(decodeLnurl(encodeLnurl(longest))).toBe(longest);
    expect(() => encodeLnurl(`${longest}x`)).toThrow(
      new RequestError('invalid-request', 'the URL is longer than 2677 bytes'),
    );
  });
});
