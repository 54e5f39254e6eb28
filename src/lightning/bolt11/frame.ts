import { createHash } from 'node:crypto';
import { bech32 } from 'bech32';
import type { Sign } from './signature.ts';
import { unacceptable } from './unacceptable.ts';
import { pushBytes, type Words, wordsToBytes, writeBytes } from './words.ts';

/** More than any wallet writes; the largest text that fits into a QR code. */
export const MAX_BOLT11_CHARACTERS = 7089;

/** Where the fields begin: after the seconds since 1970. */
export const TIMESTAMP_WORDS = 7;
const SIGNATURE_WORDS = 104;

/** The outer form of an invoice: a prefix, what is signed, and the signature over both. */
export interface Frame {
  readonly prefix: string;
  /** The time and the fields, without the signature. */
  readonly words: Words;
  /** r, s and the recovery number. */
  readonly signature: Uint8Array;
}

/** Takes the bech32 form apart and checks its checksum (BOLT-11, BIP-173 without its length limit). */
export function parseFrame(text: string): Frame {
  if (text.length > MAX_BOLT11_CHARACTERS) throw unacceptable('The invoice is too long');
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) {
    throw unacceptable('The invoice mixes upper and lower case');
  }
  const decoded = bech32.decodeUnsafe(text, MAX_BOLT11_CHARACTERS);
  if (!decoded) throw unacceptable('This is not an invoice, or a character of it is wrong');

  const { prefix, words } = decoded;
  const end = words.length - SIGNATURE_WORDS;
  if (end < TIMESTAMP_WORDS) throw unacceptable('The invoice is too short');
  const signature = wordsToBytes(words, end, words.length);
  return { prefix, words: words.slice(0, end), signature };
}

/** Signs and writes an invoice from its prefix, its time and its fields. */
export function signFrame(prefix: string, words: Words, sign: Sign): string {
  const signed = [...words];
  pushBytes(signed, sign(digestOf(prefix, words)));
  const glued = bech32.encode(prefix, signed, MAX_BOLT11_CHARACTERS);
  // It was glued letter by letter and would keep a chain of 300 pieces, ten kilobytes, in memory.
  return Buffer.from(glued, 'latin1').toString('latin1');
}

/** What is signed: the prefix as text and the words as bytes, padded with zero bits (BOLT-11). */
export function digestOf(prefix: string, words: Words): Uint8Array {
  const data = Buffer.allocUnsafe(prefix.length + Math.ceil((words.length * 5) / 8));
  data.write(prefix, 'latin1');
  const rest = writeBytes(words, 0, words.length, data, prefix.length);
  if ((words.length * 5) % 8 !== 0) data[data.length - 1] = rest;
  return createHash('sha256').update(data).digest();
}
