import { describe, expect, it } from '@jest/globals';
import { RequestError } from '../../../../src/errors.ts';
import { checkSuccessAction } from '../../../../src/lnurl/pay/success-action.ts';

const PUBLIC_URL = 'https://pay.example.com';
const TEXT = 'must be a text of 1 to 144 bytes of UTF-8';
const URL_FORM = 'must be an absolute URL of at most 2047 characters';
const HOST = 'must be on pay.example.com, the host of the callback';

function faultsOf(value: unknown, publicUrl = PUBLIC_URL): unknown {
  try {
    return checkSuccessAction(value, publicUrl);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return [error.code, ...error.fields.map(({ pointer, detail }) => `${pointer} ${detail}`)];
  }
}

function refusal(...faults: string[]): unknown {
  return ['invalid-request', ...faults.map((one) => `/successAction${one}`)];
}

describe('LUD-09 success action', () => {
  it.each([
    ['a message', { tag: 'message', message: 'Thank you!' }],
    ['a message of 144 bytes', { tag: 'message', message: '⚡'.repeat(48) }],
    ['a message of two lines', { tag: 'message', message: 'Thank you!\nCome again.' }],
    ['a link', { tag: 'url', description: 'Order', url: 'https://pay.example.com/o/1?a=b#c' }],
    ['a long link', { tag: 'url', description: 'x', url: longUrl(2_047) }],
  ])('takes %s as it is', (_what, action) => {
    expect(checkSuccessAction(action, PUBLIC_URL)).toEqual(action);
  });

  it.each([
    ['no object', 'message', refusal('/tag must be "message" or "url"')],
    ['null', null, refusal('/tag must be "message" or "url"')],
    ['a list', [], refusal('/tag must be "message" or "url"')],
    ['no tag', {}, refusal('/tag must be "message" or "url"')],
    ['another tag', { tag: 'aes' }, refusal('/tag must be "message" or "url"')],
    ['no message', { tag: 'message' }, refusal(`/message ${TEXT}`)],
    ['a number', { tag: 'message', message: 1 }, refusal(`/message ${TEXT}`)],
    ['an empty message', { tag: 'message', message: '' }, refusal(`/message ${TEXT}`)],
    ['a blank message', { tag: 'message', message: ' \n' }, refusal(`/message ${TEXT}`)],
    ['145 bytes', { tag: 'message', message: 'x'.repeat(145) }, refusal(`/message ${TEXT}`)],
    ['49 signs', { tag: 'message', message: '⚡'.repeat(49) }, refusal(`/message ${TEXT}`)],
    [
      'a control character',
      { tag: 'message', message: 'a\u0000' },
      refusal('/message must not have control characters other than \\n'),
    ],
    [
      'members of its own',
      { tag: 'message', message: 'a', url: 'x', 'a/b~c': 1 },
      refusal(
        '/url has no place in an action of tag message',
        '/a~1b~0c has no place in an action of tag message',
      ),
    ],
    ['only a tag', { tag: 'url' }, refusal(`/description ${TEXT}`, `/url ${URL_FORM}`)],
  ])('refuses %s', (_what, value, faults) => {
    expect(faultsOf(value)).toEqual(faults);
  });

  it.each([
    ['/o/1', URL_FORM],
    ['//pay.example.com/o', URL_FORM],
    ['pay.example.com/o', URL_FORM],
    ['javascript:alert(1)', URL_FORM],
    ['https://user@pay.example.com/o', URL_FORM],
    ['https://pay.example.com\\@evil.com/', URL_FORM],
    ['https://pay.example.com/a b', URL_FORM],
    ['https://pay.example.com/é', URL_FORM],
    [longUrl(2_048), URL_FORM],
    ['https://example.com/o', HOST],
    ['https://www.pay.example.com/o', HOST],
    ['https://pay.example.com.evil.com/o', HOST],
    ['https://evil.com/pay.example.com', HOST],
    ['https://pay.example.com:8443/o', HOST],
    ['http://pay.example.com/o', 'must be an https URL'],
  ])('refuses link %s', (url, detail) => {
    const value = { tag: 'url', description: 'Order', url };

    expect(faultsOf(value)).toEqual(refusal(`/url ${detail}`));
  });

  it.each([
    ['http://localhost:3000', 'http://localhost:3000/o'],
    ['http://localhost:3000', 'https://localhost:3000/o'],
    ['http://examplennnnnnnn.onion', 'http://examplennnnnnnn.onion/o'],
  ])('on %s takes link %s', (publicUrl, url) => {
    const action = { tag: 'url', description: 'Order', url };

    expect(checkSuccessAction(action, publicUrl)).toEqual(action);
  });

  it.each([
    [
      'http://localhost:3000',
      'http://localhost/o',
      'must be on localhost:3000, the host of the callback',
    ],
    ['https://localhost', 'http://localhost/o', 'must be an https URL'],
  ])('on %s refuses link %s', (publicUrl, url, detail) => {
    const value = { tag: 'url', description: 'Order', url };

    expect(faultsOf(value, publicUrl)).toEqual(refusal(`/url ${detail}`));
  });

  it('says the first fault in words', () => {
    expect(() => checkSuccessAction({ tag: 'message' }, PUBLIC_URL)).toThrow(
      new RequestError('invalid-request', `successAction.message ${TEXT}`),
    );
  });
});

function longUrl(characters: number): string {
  return 'https://pay.example.com/'.padEnd(characters, 'x');
}
