import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromScheme, type LnurlScheme, TAG_OF, toScheme } from '../../../src/lnurl/schemes.ts';
import vectors from '../../vectors/lnurl.json' with { type: 'json' };

const schemes = Object.keys(TAG_OF) as LnurlScheme[];

describe('LUD-17 schemes', () => {
  it.each(vectors.lud17)('reads $text', ({ text, url, tag }) => {
    const link = fromScheme(text);

    expect(link && { url: link.url, tag: TAG_OF[link.scheme] }).toEqual({ url, tag });
  });

  it.each([
    ['lnurlp://localhost:3000/lnurlp/a', 'http://localhost:3000/lnurlp/a'],
    ['lnurlp://127.0.0.1:3000/a', 'http://127.0.0.1:3000/a'],
    ['lnurlp://[::1]:3000/a', 'http://[::1]:3000/a'],
    ['lnurlp://192.168.1.5/a', 'https://192.168.1.5/a'],
    ['LnUrLp://Example.com/Path', 'https://Example.com/Path'],
  ])('reads %s as %s', (text, url) => {
    expect(fromScheme(text)).toEqual({ url, scheme: 'lnurlp' });
  });

  it.each([
    [''],
    ['lnurlp'],
    ['lnurlp:'],
    ['lnurlp:/'],
    ['lnurlp://'],
    ['lnurlp:///example.com'],
    ['lnurlp:/example.com'],
    ['lnurlp://example'],
    ['lnurlp://user@example.com/'],
    ['lnurlp://https://example.com/'],
    ['lnurlp://example.com/\nlnurlw://example.org/'],
    ['lnurlx://service.io'],
    ['lightning://example.com'],
    ['https://example.com/'],
    [' lnurlp://example.com'],
  ])('refuses %j', (text) => {
    expect(fromScheme(text)).toBeUndefined();
  });

  it('reads every form that it writes', () => {
    const origin = fc.constantFrom(
      'https://pay.example.com',
      'https://pay.example.com:8443',
      'http://examplennnnnnnn.onion',
      'http://localhost:3000',
    );
    const path = fc.stringMatching(/^\/[a-z0-9_./-]{0,40}(\?[a-z]=[a-z0-9]{1,9})?$/);

    fc.assert(
      fc.property(origin, path, fc.constantFrom(...schemes), (start, end, scheme) => {
        const url = start + end;

        expect(fromScheme(toScheme(url, scheme))).toEqual({ url, scheme });
      }),
    );
  });

  it('writes the URL behind the scheme unchanged', () => {
    expect(schemes.map((scheme) => toScheme('https://pay.example.com/a?b=c', scheme))).toEqual([
      'lnurlp://pay.example.com/a?b=c',
      'lnurlw://pay.example.com/a?b=c',
      'lnurlc://pay.example.com/a?b=c',
      'keyauth://pay.example.com/a?b=c',
    ]);
  });

  it('has no form for what is no web URL', () => {
    expect(() => toScheme('ftp://example.com', 'lnurlp')).toThrow(RangeError);
  });
});
