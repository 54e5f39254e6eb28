import { type DescriptionHash, hexToBytes, type PaymentHash } from '../../hex.ts';
import type { Msat } from '../../msat.ts';
import type { Network } from '../node.ts';
import { featureWords } from './features.ts';
import { HASH_WORDS, TAG } from './fields.ts';
import { signFrame, TIMESTAMP_WORDS } from './frame.ts';
import { formatPrefix } from './prefix.ts';
import type { Sign } from './signature.ts';
import { pushBytes, pushNumber, wordsNeeded } from './words.ts';

/** What is to be said in an invoice; `undefined` leaves a field out. */
export interface Bolt11Draft {
  readonly network: Network;
  readonly amount: Msat | undefined;
  readonly paymentHash: PaymentHash;
  /** 32 bytes, lower-case hex. */
  readonly paymentSecret: string;
  /** The text itself (at most 639 bytes), or the hash of one that is told elsewhere. */
  readonly purpose:
    | { readonly description: string }
    | { readonly descriptionHash: DescriptionHash };
  /** Milliseconds since 1970; an invoice carries whole seconds. */
  readonly createdAt: number;
  readonly expirySeconds: number | undefined;
  readonly minFinalCltvDelta: number | undefined;
  /** Feature bits. */
  readonly features: readonly number[];
}

const MAX_FIELD_WORDS = 1023;

/** Writes and signs an invoice (BOLT-11). */
export function encodeBolt11(draft: Bolt11Draft, sign: Sign): string {
  const words: number[] = [];
  pushNumber(words, Math.floor(draft.createdAt / 1000), TIMESTAMP_WORDS);
  pushHash(words, TAG.s, draft.paymentSecret);
  pushHash(words, TAG.p, draft.paymentHash);
  if ('description' in draft.purpose) pushText(words, TAG.d, draft.purpose.description);
  else pushHash(words, TAG.h, draft.purpose.descriptionHash);
  if (draft.expirySeconds !== undefined) pushValue(words, TAG.x, draft.expirySeconds);
  if (draft.minFinalCltvDelta !== undefined) pushValue(words, TAG.c, draft.minFinalCltvDelta);
  if (draft.features.length > 0) pushField(words, TAG[9], featureWords(draft.features));
  return signFrame(formatPrefix(draft), words, sign);
}

function pushHash(words: number[], tag: number, hex: string): void {
  words.push(tag, HASH_WORDS >> 5, HASH_WORDS & 31);
  pushBytes(words, hexToBytes(hex));
}

function pushValue(words: number[], tag: number, value: number): void {
  const count = wordsNeeded(value);
  words.push(tag, 0, count);
  pushNumber(words, value, count);
}

function pushText(words: number[], tag: number, text: string): void {
  const data: number[] = [];
  pushBytes(data, Buffer.from(text, 'utf8'));
  pushField(words, tag, data);
}

function pushField(words: number[], tag: number, data: readonly number[]): void {
  if (data.length > MAX_FIELD_WORDS) {
    throw new RangeError(`${data.length} words in a field that takes ${MAX_FIELD_WORDS}`);
  }
  words.push(tag, data.length >> 5, data.length & 31, ...data);
}
