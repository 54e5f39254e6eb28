import { describe, expect, it } from '@jest/globals';
import { callbackUrl, checkChoice, readOffer } from '../../../../src/cli/wallet/pay-request.ts';
import { msat } from '../../../../src/msat.ts';

const METADATA = '[["text/plain","Coffee"]]';
const REQUEST = {
  tag: 'payRequest',
  callback: 'https://pay.example.org/lnurlp/abc/callback/1',
  minSendable: 1000,
  maxSendable: 100_000_000,
  metadata: METADATA,
  commentAllowed: 10,
};
const LINK = { kind: 'url', url: 'https://pay.example.org/lnurlp/abc' } as const;
const ADDRESS = {
  kind: 'address',
  name: 'alice',
  domain: 'example.org',
  url: 'https://example.org/.well-known/lnurlp/alice',
} as const;
const OFFER = readOffer(REQUEST, LINK);

describe('a pay request, as a strict wallet reads it', () => {
  it('is an offer', () => {
    expect(OFFER).toEqual({
      callback: REQUEST.callback,
      min: 1000n,
      max: 100_000_000n,
      metadata: METADATA,
      description: 'Coffee',
      identifier: undefined,
      commentAllowed: 10,
    });
  });

  it.each([
    ['no callback', { callback: undefined }],
    ['a callback over http', { callback: 'http://pay.example.org/' }],
    ['a callback at a name of a local network', { callback: 'https://server/' }],
    ['another tag', { tag: 'payrequest' }],
    ['a text for an amount', { minSendable: '1000' }],
    ['a fraction', { minSendable: 1000.5 }],
    ['nothing as its minimum', { minSendable: 0 }],
    ['an amount beyond what a number holds', { maxSendable: 2 ** 53 }],
    ['a minimum above its maximum', { minSendable: 2000, maxSendable: 1000 }],
    ['a bound of half a satoshi', { minSendable: 1500 }],
    ['an open comment', { commentAllowed: true }],
    ['null for a comment', { commentAllowed: null }],
    ['a comment beyond 16 bits', { commentAllowed: 65_536 }],
    ['a member that no document names', { currency: 'CHF' }],
    ['a status beside it', { status: 'OK' }],
    ['a reason beside it', { reason: '' }],
    ['null for what it does not have', { allowsNostr: null }],
    ['an empty key', { nostrPubkey: '' }],
    ['payer data of its own kind', { payerData: { phone: { mandatory: false } } }],
    ['payer data that it must have', { payerData: { name: { mandatory: true } } }],
    ['metadata that is no text', { metadata: [['text/plain', 'Coffee']] }],
  ])('is refused with %s', (_what, changes) => {
    expect(() => readOffer({ ...REQUEST, ...changes }, LINK)).toThrow(
      expect.objectContaining({ name: 'Refusal' }),
    );
  });

  it('may offer what the documents name', () => {
    const more = {
      allowsNostr: true,
      nostrPubkey: 'ab'.repeat(32),
      payerData: { name: { mandatory: false }, auth: { mandatory: false, k1: '00'.repeat(32) } },
    };

    expect(() => readOffer({ ...REQUEST, ...more }, LINK)).not.toThrow();
  });

  it('names itself when it is that of an address (LUD-16)', () => {
    const named = '[["text/plain","Coffee"],["text/identifier","alice@example.org"]]';

    expect(() => readOffer(REQUEST, ADDRESS)).toThrow('does not name it');
    expect(readOffer({ ...REQUEST, metadata: named }, ADDRESS).identifier).toBe(
      'alice@example.org',
    );
  });
});

describe('what the payer chooses', () => {
  it.each([
    [999n, undefined, 'The link takes 1 sat to 100000 sat, not 999 msat'],
    [100_000_001n, undefined, 'The link takes 1 sat to 100000 sat, not 100000001 msat'],
    [1000n, 'ééééééé', 'The link takes a comment of 10 bytes, not of 14'],
  ])('is refused for %s msat and the comment %s', (amount, comment, message) => {
    expect(() => checkChoice(OFFER, msat(amount), comment)).toThrow(message);
  });

  it('has no comment when the link takes none', () => {
    expect(() => checkChoice({ ...OFFER, commentAllowed: 0 }, msat(1000n), 'hi')).toThrow(
      'The link takes no comment',
    );
  });

  it.each([
    ['https://a.example/cb', 'https://a.example/cb?amount=1500&comment=a+%26+b'],
    ['https://a.example/cb?id=1', 'https://a.example/cb?id=1&amount=1500&comment=a+%26+b'],
    ['https://a.example/cb?amount=7', 'https://a.example/cb?amount=1500&comment=a+%26+b'],
  ])('goes to %s as %s', (callback, url) => {
    expect(callbackUrl({ ...OFFER, callback }, msat(1500n), 'a & b')).toBe(url);
  });
});
