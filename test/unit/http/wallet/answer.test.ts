import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestError } from '../../../../src/errors.ts';
import { lnurlError, prepareAnswer } from '../../../../src/http/wallet/answer.ts';
import { anyText } from '../../../support/any-text.ts';

describe('a refusal (GEN-5, Q-36)', () => {
  it.each([
    ['user not found', 'user not found'],
    ['a <b>bold</b> reason', 'a  b>bold /b> reason'],
    ['two\nlines\tand\r\nmore', 'two lines and  more'],
    ['crème ☕', 'cr me'],
    ['x'.repeat(90), 'x'.repeat(90)],
    ['x'.repeat(91), `${'x'.repeat(87)}...`],
  ])('says %j as %j', (message, reason) => {
    const error = new RequestError('invalid-request', message);

    expect(lnurlError(error)).toEqual({ status: 'ERROR', reason });
  });

  it('says nothing of what we did not expect', () => {
    expect(lnurlError(new Error('a secret'))).toEqual({
      status: 'ERROR',
      reason: 'Something went wrong on our side, try again later',
    });
  });

  it('is plain ASCII of at most 90 characters without markup, whatever went wrong', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 300 }), (message) => {
        const { reason } = lnurlError(new RequestError('invalid-request', message));

        expect(reason).toMatch(/^[ -;=-~]{0,90}$/);
      }),
    );
  });
});

describe('an answer', () => {
  it('says how many bytes it has, not how many characters', () => {
    const { text, headers } = prepareAnswer({ a: '☕' });

    expect(text).toBe('{"a":"☕"}');
    expect(headers.slice(-2)).toEqual(['content-length', '11']);
  });
});
