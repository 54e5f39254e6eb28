import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addressUrl,
  parseAddressName,
  parseAddressTag,
  readAddressPath,
} from '../../../src/lnurl/address.ts';
import { anyText } from '../../support/any-text.ts';
import vectors from '../../vectors/address.json' with { type: 'json' };

describe('LUD-16 address name', () => {
  it.each([
    ['alice', 'alice'],
    ['Alice', 'alice'],
    ['_', '_'],
    ['a', 'a'],
    ['0', '0'],
    ['a.b-c_d', 'a.b-c_d'],
    ['-a-', '-a-'],
    ['x'.repeat(64), 'x'.repeat(64)],
  ])('takes %s as %s', (text, name) => {
    expect(parseAddressName(text)).toBe(name);
  });

  it.each([
    [''],
    [' '],
    ['.'],
    ['..'],
    ['...'],
    ['.alice'],
    ['alice.'],
    ['alice+tag'],
    ['alice@example.com'],
    [' alice'],
    ['alice\n'],
    ['a/b'],
    ['a%2fb'],
    ['user~'],
    ['café'],
    ['₿alice'],
    ['\u212aate'],
    ['x'.repeat(65)],
  ])('refuses %j', (text) => {
    expect(parseAddressName(text)).toBeUndefined();
  });

  it.each([
    ['Coffee', 'coffee'],
    ['.', '.'],
    ['', undefined],
    ['a+b', undefined],
    ['x'.repeat(65), undefined],
  ])('reads tag %j as %j', (text, tag) => {
    expect(parseAddressTag(text)).toBe(tag);
  });
});

describe('LUD-16 address path', () => {
  it.each(vectors.paths)('reads $segment', ({ segment, name, tag }) => {
    expect(readAddressPath(segment)).toEqual(tag === undefined ? { name } : { name, tag });
  });

  it.each(vectors.refusedPaths)('refuses %j', (segment) => {
    expect(readAddressPath(segment)).toBeUndefined();
  });

  it('never throws, and names only what may be registered', () => {
    fc.assert(
      fc.property(anyText(), (segment) => {
        const path = readAddressPath(segment);

        expect(path && parseAddressName(path.name)).toBe(path?.name);
      }),
    );
  });

  it('finds name and tag again however a wallet escapes them', () => {
    const word = fc.stringMatching(/^[a-z0-9_-]{1,30}$/);
    const plus = fc.constantFrom('+', '%2B', '%2b', '%20', ' ');

    fc.assert(
      fc.property(word, plus, word, (name, between, tag) => {
        expect(readAddressPath(`${name}${between}${tag}`)).toEqual({ name, tag });
        expect(readAddressPath(`${name.toUpperCase()}${between}${tag}`)).toEqual({ name, tag });
      }),
    );
  });
});

describe('LUD-16 address URL', () => {
  it.each([
    ['alice', 'example.com', 'https://example.com/.well-known/lnurlp/alice'],
    ['_', 'example.onion', 'http://example.onion/.well-known/lnurlp/_'],
    ['alice', 'localhost:3000', 'http://localhost:3000/.well-known/lnurlp/alice'],
    ['alice', '[::1]:3000', 'http://[::1]:3000/.well-known/lnurlp/alice'],
    ['alice', '192.168.1.5', 'https://192.168.1.5/.well-known/lnurlp/alice'],
  ])('of %s at %s is %s', (name, domain, url) => {
    expect(addressUrl(name, domain)).toBe(url);
  });
});
