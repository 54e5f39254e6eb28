import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestError } from '../../../../src/errors.ts';
import { checkComment } from '../../../../src/lnurl/pay/comment.ts';
import { anyText } from '../../../support/any-text.ts';

/** One character for a person: 4 people joined, 25 bytes, 11 code units. */
const FAMILY = '👨‍👩‍👧‍👦';

describe('LUD-12 comment', () => {
  it.each([
    ['plain text', 'hello', 5, 'hello'],
    ['an accent made of two code points', 'e\u0301', 1, 'e\u0301'],
    ['an emoji of two code units', '⚡🚀', 2, '⚡🚀'],
    ['a flag', '🇸🇻', 1, '🇸🇻'],
    ['joined emoji, as long as the bytes allow', FAMILY, 4, FAMILY],
    ['blanks, which count', '  a  ', 5, '  a  '],
    ['a line break', 'a\nb', 3, 'a\nb'],
    ['a line break of two characters as one', 'a\r\nb', 3, 'a\nb'],
    ['no control characters', '\u0000a\u0007\tb\u007f\u0085\u001b[0m', 5, 'ab[0m'],
    ['no half of a code point', 'a\ud83d', 1, 'a'],
    ['hostile text as it is', `<b>'"; --`, 20, `<b>'"; --`],
  ])('keeps %s', (_what, text, allowed, comment) => {
    expect(checkComment(text, allowed)).toBe(comment);
  });

  it.each([
    ['missing', undefined, 10],
    ['empty', '', 10],
    ['empty once its control characters are gone', '\u0000\r', 10],
    ['not allowed', 'hello', 0],
    ['not allowed and long', 'x'.repeat(10_000), 0],
  ])('is none when it is %s', (_what, text, allowed) => {
    expect(checkComment(text, allowed)).toBeUndefined();
  });

  it.each([
    ['one character too long', 'x'.repeat(11), 10],
    ['a letter under a heap of accents', `a${'\u0301'.repeat(40)}`, 10],
    ['more than eight bytes a character', FAMILY.repeat(4), 10],
  ])('is refused when it is %s', (_what, text, allowed) => {
    expect(() => checkComment(text, allowed)).toThrow(
      new RequestError('comment-too-long', 'comment too long, maximum 10 characters'),
    );
  });

  it('is never refused for what a wallet counted in code units, code points or bytes', () => {
    fc.assert(
      fc.property(anyText({ minLength: 1, maxLength: 100 }), (text) => {
        const counts = [text.length, [...text].length, Buffer.byteLength(text)];

        expect(() => counts.map((allowed) => checkComment(text, allowed))).not.toThrow();
      }),
    );
  });
});
