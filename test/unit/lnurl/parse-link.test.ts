import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeLnurl } from '../../../src/lnurl/lnurl.ts';
import { parseLink } from '../../../src/lnurl/parse-link.ts';
import { anyText } from '../../support/any-text.ts';
import addresses from '../../vectors/address.json' with { type: 'json' };
import vectors from '../../vectors/lnurl.json' with { type: 'json' };

const LNURL = encodeLnurl('https://pay.example.com/lnurlp/abc');

/** What is followed always, only on a developer's machine, or never. */
function expectReach(text: string, reach: string, link: unknown) {
  expect(parseLink(text)).toEqual(reach === 'public' ? link : undefined);
  expect(parseLink(text, { allowLocal: true })).toEqual(reach === 'none' ? undefined : link);
}

describe('a link that holds a URL', () => {
  it.each(vectors.bech32)('is the lnurl of $url (LUD-01)', ({ lnurl, url, reach, link, tag }) => {
    expectReach(lnurl, reach, { kind: 'url', url: link ?? url, ...(tag && { tag }) });
  });

  it.each(vectors.around)('is found in $text (LUD-01)', ({ text, url, reach }) => {
    expectReach(text, reach, { kind: 'url', url });
  });

  it.each(vectors.lud17)('is $text (LUD-17)', ({ text, url, tag }) => {
    expect(parseLink(text)).toEqual({ kind: 'url', url, tag });
    expect(parseLink(` lightning:${text}\n`)).toEqual({ kind: 'url', url, tag });
  });

  it.each([
    ['https://pay.example.com/lnurlp/abc', 'https://pay.example.com/lnurlp/abc'],
    ['https://pay.example.com', 'https://pay.example.com'],
    ['https://pay.example.com:8443/Abc?id=7', 'https://pay.example.com:8443/Abc?id=7'],
    ['https://pay.example.com/a?mail=a@b.com', 'https://pay.example.com/a?mail=a@b.com'],
    ['https://pay.example.com/a#top', 'https://pay.example.com/a'],
    ['HTTPS://PAY.EXAMPLE.COM/LNURLP/ABC', 'https://pay.example.com/lnurlp/abc'],
    ['Https://pay.example.com/Abc', 'https://pay.example.com/Abc'],
    ['http://examplennnnnnnn.onion/a', 'http://examplennnnnnnn.onion/a'],
    ['https://examplennnnnnnn.onion/a', 'https://examplennnnnnnn.onion/a'],
  ])('is the plain URL %s', (text, url) => {
    expect(parseLink(text)).toEqual({ kind: 'url', url });
  });

  it.each([
    ['http://localhost:3000/lnurlp/a', { url: 'http://localhost:3000/lnurlp/a' }],
    ['https://127.0.0.1/a', { url: 'https://127.0.0.1/a' }],
    ['http://192.168.1.5:3000/a', { url: 'http://192.168.1.5:3000/a' }],
    ['http://[::1]:3000/a', { url: 'http://[::1]:3000/a' }],
    ['lnurlw://localhost:3000/a', { url: 'http://localhost:3000/a', tag: 'withdrawRequest' }],
  ])('is local when it is %s', (text, link) => {
    expectReach(text, 'local', { kind: 'url', ...link });
  });

  it('keeps the tag that scheme and query agree on (LUD-17)', () => {
    const url = 'https://example.com/a?tag=login&k1=00';

    expect(parseLink(url.replace('https', 'keyauth'))).toEqual({ kind: 'url', url, tag: 'login' });
    expect(parseLink(url.replace('https', 'lnurlp'))).toBeUndefined();
  });
});

describe('a lightning address', () => {
  it.each(addresses.accepted)(
    'is read from $text (LUD-16, FC-5)',
    ({ text, name, domain, url }) => {
      expect(parseLink(text)).toEqual({ kind: 'address', name, domain, url });
    },
  );

  const refused = Object.entries(addresses.refused).flatMap(([by, texts]) =>
    texts.map((text) => ({ by, text })),
  );
  it.each(refused)('is not $text, refused by $by', ({ text }) => {
    expect(parseLink(text)).toBeUndefined();
  });

  it.each([
    ['alice@example.com.'],
    ['alice@-example.com'],
    ['alice@example.com:443'],
    ['alice@exa_mple.com'],
    ['alice@example.com#x'],
    ['alice@example.com?x'],
    ['alice@測試.com'],
    ['\u212aate@example.com'],
    ['.alice@example.com'],
    ['alice.@example.com'],
    [`${'x'.repeat(65)}@example.com`],
    [`alice+${'x'.repeat(65)}@example.com`],
    ['+tag@example.com'],
    ['alice@facebookwkhp.onion:80'],
    ['mailto:alice@example.com'],
    ['alice@example.com bob@example.com'],
    ['alice@example.com\nbob@example.com'],
    ['@'],
    ['@@example.com'],
  ])('is not %j', (text) => {
    expect(parseLink(text)).toBeUndefined();
    expect(parseLink(text, { allowLocal: true })).toBeUndefined();
  });

  it.each([
    ['alice@localhost:3000', 'http://localhost:3000/.well-known/lnurlp/alice'],
    ['Alice+tea@localhost', 'http://localhost/.well-known/lnurlp/alice+tea'],
    ['@127.0.0.1:3000', 'http://127.0.0.1:3000/.well-known/lnurlp/_'],
    ['alice@[::1]:3000', 'http://[::1]:3000/.well-known/lnurlp/alice'],
    ['alice@192.168.1.5', 'https://192.168.1.5/.well-known/lnurlp/alice'],
  ])('is local when it is %s', (text, url) => {
    const [name, domain] = text.toLowerCase().split('@');

    expectReach(text, 'local', { kind: 'address', name: name || '_', domain, url });
  });

  it.each([['alice@bank.com:8443'], ['alice@127.1'], ['alice@2130706433'], ['alice@intranet']])(
    'is not %s, on a developer machine neither',
    (text) => {
      expect(parseLink(text, { allowLocal: true })).toBeUndefined();
    },
  );
});

describe('what is no link', () => {
  it.each(vectors.refusedLinks)('is %j', (text) => {
    expectReach(text, 'none', undefined);
  });

  it.each([
    [''],
    ['   '],
    ['lightning:'],
    ['lnbc10n1p36njvkpp53dl62nzwkp3d7sxj5pgf5dppgkddgkprdfk823s3st4cy7vsujss'],
    [`lightning:lightning:${LNURL}`],
    [`${LNURL} ${LNURL}`],
    [`https://example.com/?lightning=${LNURL}&lightning=${LNURL}`],
    [`https://example.com/?lightning=${LNURL.slice(0, -1)}`],
    ['https://example.com/?lightning=lnbc10n1p36njvkpp5'],
    ['https://example.com/?lightning='],
    [`https://example.com/?link=${LNURL}`],
    [`https://example.com/#lightning=${LNURL}&x=http://a`.replace('https', 'http')],
    ['http://example.com/lnurlp/a'],
    ['https://user@example.com/'],
    ['https://example.com\\@evil.com/'],
    ['https://intranet/lnurlp/a'],
    ['http://intranet:3000/lnurlp/a'],
    ['https://example.com/a b'],
    ['ftp://example.com/'],
    ['javascript:alert(1)'],
    ['bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq'],
    ['bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq?amount=1'],
    [`https://example.com/${'x'.repeat(8_192)}`],
    [encodeLnurl(LNURL)],
    [encodeLnurl('alice@example.com')],
    [encodeLnurl('http://example.com/a')],
  ])('is %j', (text) => {
    expectReach(text, 'none', undefined);
  });

  it('never throws', () => {
    const start = fc.constantFrom('', 'lightning:', 'https://', 'lnurlp://', 'lnurl1', 'a@');

    fc.assert(
      fc.property(start, anyText(), (head, tail) => {
        const link = parseLink(head + tail, { allowLocal: true });

        expect(link === undefined || URL.canParse(link.url)).toBe(true);
      }),
    );
  });
});
