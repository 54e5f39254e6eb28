import { RequestError } from '../../errors.ts';

/**
 * Wallets count in bytes, code units or graphemes. The last allows the most, so it is our measure,
 * and this bounds how many bytes one of them may bring along.
 */
const MAX_BYTES_PER_CHARACTER = 8;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The comment of a payment as it is kept (LUD-12), or undefined for none: when it is empty, as some
 * wallets always send it, or not allowed, which is no reason to refuse the money. Control characters
 * except line breaks are dropped. Throws RequestError when it is longer than `allowed` characters.
 */
export function checkComment(text: string | undefined, allowed: number): string | undefined {
  if (text === undefined || allowed === 0) return undefined;
  const comment = text.replace(/(?!\n)[\p{Cc}\p{Cs}]/gu, '');
  if (isLonger(comment, allowed)) {
    throw new RequestError('comment-too-long', `comment too long, maximum ${allowed} characters`);
  }
  return comment === '' ? undefined : comment;
}

function isLonger(comment: string, allowed: number): boolean {
  // Nothing has more graphemes than code units, and cutting into graphemes is slow.
  if (comment.length <= allowed) return false;
  if (Buffer.byteLength(comment, 'utf8') > allowed * MAX_BYTES_PER_CHARACTER) return true;
  return [...graphemes.segment(comment)].length > allowed;
}
