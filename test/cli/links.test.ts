import { describe, expect, it } from '@jest/globals';
import vectors from '../vectors/lnurl.json' with { type: 'json' };
import { terminal } from './terminal.ts';

const LUD01 = vectors.bech32[0] ?? { lnurl: '', url: '' };
const type = terminal({ env: {} });

describe('encode', () => {
  it('writes the example of LUD-01 to the letter', async () => {
    expect(await type('encode', LUD01.url)).toEqual({ code: 0, out: `${LUD01.lnurl}\n`, err: '' });
  });

  it('writes a URL with a scheme (LUD-17)', async () => {
    const ran = await type('encode', 'https://pay.example.org/lnurlp/abc', '--scheme', 'lnurlp');

    expect(ran).toEqual({ code: 0, out: 'lnurlp://pay.example.org/lnurlp/abc\n', err: '' });
  });

  it('writes both for programs', async () => {
    const url = 'http://localhost:3000/lnurla?tag=login';

    const { out } = await type('encode', url, '--scheme', 'keyauth', '--json');

    expect(JSON.parse(out)).toEqual({
      url,
      lnurl: expect.stringMatching(/^LNURL1[0-9A-Z]+$/),
      lud17: 'keyauth://localhost:3000/lnurla?tag=login',
    });
  });

  it.each([
    ['pay.example.org'],
    ['ftp://pay.example.org/'],
    ['http://pay.example.org/'],
    ['http://10.0.0.1/'],
    ['https://server/'],
    ['https://me@pay.example.org/'],
    [''],
  ])('refuses %j', async (url) => {
    expect(await type('encode', url)).toEqual({
      code: 1,
      out: '',
      err: 'Wallets follow https URLs alone, and http only for .onion and localhost\n',
    });
  });

  it('knows the schemes of LUD-17 alone', async () => {
    const { code } = await type('encode', 'https://example.org/a', '--scheme', 'lightning');

    expect(code).toBe(2);
  });
});

describe('decode', () => {
  const followed = vectors.bech32.filter(
    ({ reach, url }) => reach !== 'none' && url.startsWith('http'),
  );

  it.each(followed)('reads $lnurl ($from)', async ({ lnurl, url }) => {
    expect(await type('decode', lnurl)).toEqual({ code: 0, out: `${url}\n`, err: '' });
  });

  it('reads what encode wrote', async () => {
    const { out } = await type('encode', 'https://pay.example.org/lnurlp/abc');

    expect((await type('decode', `lightning:${out.trim()}`)).out).toBe(
      'https://pay.example.org/lnurlp/abc\n',
    );
  });

  it.each([
    ['lnurlp://pay.example.org/lnurlp/abc', { kind: 'url', tag: 'payRequest' }],
    ['keyauth://pay.example.org/lnurlp/abc', { kind: 'url', tag: 'login' }],
    ['https://pay.example.org/lnurlp/abc', { kind: 'url' }],
  ])('says of %s what it is for', async (text, link) => {
    const { out } = await type('decode', text, '--json');

    expect(JSON.parse(out)).toEqual({ ...link, url: 'https://pay.example.org/lnurlp/abc' });
  });

  it('reads a lightning address (LUD-16)', async () => {
    const { out } = await type('decode', 'Alice@Example.org', '--json');

    expect(JSON.parse(out)).toEqual({
      kind: 'address',
      name: 'alice',
      domain: 'example.org',
      url: 'https://example.org/.well-known/lnurlp/alice',
    });
  });

  it.each([
    [LUD01.lnurl.replace('LNURL1D', 'LNURL1P')],
    [`${LUD01.lnurl.slice(0, 20)}${LUD01.lnurl.slice(20).toLowerCase()}`],
    ['hello'],
    [''],
  ])('refuses %j', async (text) => {
    expect(await type('decode', text)).toEqual({
      code: 1,
      out: '',
      err: 'This is no lnurl, LUD-17 link or lightning address, or a character is wrong\n',
    });
  });

  it('shows what a whole lnurl holds that no wallet follows', async () => {
    const unfollowed = vectors.bech32.find(({ reach }) => reach === 'none');

    const { code, err } = await type('decode', unfollowed?.lnurl ?? '');

    expect([code, err]).toEqual([
      1,
      `The lnurl is whole, but no wallet follows what it holds: ${unfollowed?.url}\n`,
    ]);
  });
});
