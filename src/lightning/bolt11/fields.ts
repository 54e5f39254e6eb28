import {
  type DescriptionHash,
  hex32,
  type NodeKey,
  type PaymentHash,
  parseKey33,
} from '../../hex.ts';
import { readFeatures } from './features.ts';
import { type RouteHint, readRouteHint } from './route-hint.ts';
import { unacceptable } from './unacceptable.ts';
import { type Words, wordsToBytes, wordsToNumber } from './words.ts';

/** The types of the tagged fields: the letter of BOLT-11 and its 5-bit number. */
export const TAG = { p: 1, r: 3, 9: 5, x: 6, d: 13, s: 16, n: 19, b: 20, h: 23, c: 24 } as const;

export const HASH_WORDS = 52;
const KEY_WORDS = 53;

/** The tagged fields of an invoice as they stand, before rules that join them are applied. */
export interface Fields {
  paymentHash?: PaymentHash;
  /** 32 bytes, lower-case hex. */
  paymentSecret?: string;
  description?: string;
  descriptionHash?: DescriptionHash;
  payee?: NodeKey;
  expirySeconds?: number;
  minFinalCltvDelta?: number;
  features?: readonly number[];
  readonly routeHints: RouteHint[];
  blinded: boolean;
  /** Whether a field that may stand once stands twice: two readers may see two invoices. */
  doubled: boolean;
}

/**
 * Reads all tagged fields from `start` on. The first good field of a kind wins. Unknown kinds and
 * hashes, secrets and keys of a wrong length are skipped, as nodes skip them (BOLT-11).
 */
export function readFields(words: Words, start: number): Fields {
  const fields: Fields = { routeHints: [], blinded: false, doubled: false };
  let at = start;
  // One or two words at the end are no field, and nodes read over them.
  while (at + 3 <= words.length) {
    const length = (words[at + 1] ?? 0) * 32 + (words[at + 2] ?? 0);
    const end = at + 3 + length;
    if (end > words.length) throw unacceptable('A field of the invoice is longer than the invoice');
    readField(fields, words[at] ?? 0, words, at + 3, end);
    at = end;
  }
  return fields;
}

function readField(fields: Fields, tag: number, words: Words, start: number, end: number): void {
  const bytes = () => wordsToBytes(words, start, end);
  const length = end - start;
  switch (tag) {
    case TAG.p:
      if (length === HASH_WORDS) setOnce(fields, 'paymentHash', hex32<PaymentHash>(bytes()));
      return;
    case TAG.s:
      if (length === HASH_WORDS) setOnce(fields, 'paymentSecret', bytes().toString('hex'));
      return;
    case TAG.h:
      if (length === HASH_WORDS)
        setOnce(fields, 'descriptionHash', hex32<DescriptionHash>(bytes()));
      return;
    case TAG.n:
      if (length === KEY_WORDS) setOnce(fields, 'payee', readKey(bytes()));
      return;
    case TAG.d:
      setOnce(fields, 'description', bytes().toString('utf8'));
      return;
    case TAG.x:
      setOnce(fields, 'expirySeconds', readNumber(words, start, end));
      return;
    case TAG.c:
      setOnce(fields, 'minFinalCltvDelta', readNumber(words, start, end));
      return;
    case TAG[9]:
      fields.features ??= readFeatures(words, start, end);
      return;
    case TAG.r:
      fields.routeHints.push(readRouteHint(bytes()));
      return;
    case TAG.b:
      fields.blinded = true;
      return;
    default:
      return;
  }
}

type Single = Exclude<keyof Fields, 'features' | 'routeHints' | 'blinded' | 'doubled'>;

function setOnce<Name extends Single>(fields: Fields, name: Name, value: Fields[Name]): void {
  if (fields[name] === undefined) fields[name] = value;
  else fields.doubled = true;
}

function readKey(bytes: Buffer): NodeKey {
  const key = parseKey33<NodeKey>(bytes.toString('hex'));
  if (key === undefined) throw unacceptable('The node key of the invoice is not a key');
  return key;
}

function readNumber(words: Words, start: number, end: number): number {
  const value = wordsToNumber(words, start, end);
  if (value === undefined) throw unacceptable('A number in the invoice is too large');
  return value;
}
