import { describe, expect, it } from '@jest/globals';
import { readPayAnswer, successText } from '../../../../src/cli/wallet/pay-answer.ts';

const CALLBACK = 'https://pay.example.org/lnurlp/abc/callback/1';
const ANSWER = { pr: 'lnbcrt1abc', routes: [] };
const URL_ACTION = { tag: 'url', description: 'Your order', url: 'https://pay.example.org/o/1' };

describe('the answer with the invoice, as a strict wallet reads it', () => {
  it.each([
    [{}],
    [{ disposable: false, verify: 'https://pay.example.org/lnurlp/verify/inv_1' }],
    [{ successAction: { tag: 'message', message: 'Thank you!' } }],
    [{ successAction: URL_ACTION }],
  ])('may have %j', (members) => {
    expect(readPayAnswer({ ...ANSWER, ...members }, CALLBACK)).toEqual({ ...ANSWER, ...members });
  });

  it.each([
    ['no invoice', { pr: undefined }],
    ['an empty invoice', { pr: '' }],
    ['an invoice in capitals', { pr: 'LNBCRT1ABC' }],
    ['no routes', { routes: undefined }],
    ['a route', { routes: [[]] }],
    ['null for disposable', { disposable: null }],
    ['a status beside it', { status: 'OK' }],
    ['null for an action', { successAction: null }],
    ['an action of another tag', { successAction: { tag: 'noop' } }],
    ['an empty message', { successAction: { tag: 'message', message: '' } }],
    ['a blank message', { successAction: { tag: 'message', message: ' ' } }],
    ['145 bytes of message', { successAction: { tag: 'message', message: `${'é'.repeat(72)}x` } }],
    ['more than a message', { successAction: { tag: 'message', message: 'a', url: 'b' } }],
    ['a link elsewhere', { successAction: { ...URL_ACTION, url: 'https://example.org/' } }],
    ['a link over http', { successAction: { ...URL_ACTION, url: 'http://pay.example.org/' } }],
    ['no description', { successAction: { ...URL_ACTION, description: undefined } }],
    ['a proof elsewhere', { verify: 'https://example.org/v/1' }],
    ['a proof with a query', { verify: 'https://pay.example.org/v?id=1' }],
    ['a proof that is no URL', { verify: '/v/1' }],
  ])('is refused with %s', (_what, changes) => {
    expect(() => readPayAnswer({ ...ANSWER, ...changes }, CALLBACK)).toThrow(
      expect.objectContaining({ name: 'Refusal' }),
    );
  });

  it('is shown to the person who paid', () => {
    expect(successText({ tag: 'message', message: 'Thank you!' })).toBe('Thank you!');
    expect(successText({ ...URL_ACTION, tag: 'url' })).toBe(
      'Your order: https://pay.example.org/o/1',
    );
  });
});
