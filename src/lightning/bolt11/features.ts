import { unacceptable } from './unacceptable.ts';
import type { Words } from './words.ts';

/** Feature bits of an invoice (BOLT-9). The even bit demands, the odd one above it offers. */
export const VAR_ONION = 8;
export const PAYMENT_SECRET = 14;
export const BASIC_MPP = 16;
const ROUTE_BLINDING = 24;
const ATTRIBUTION_DATA = 36;
const PAYMENT_METADATA = 48;
/** bLIP-39: the payer must understand the blinded paths in the field `b`. */
const BLINDED_PATHS = 262;

const KNOWN = new Set([
  VAR_ONION,
  PAYMENT_SECRET,
  BASIC_MPP,
  ROUTE_BLINDING,
  ATTRIBUTION_DATA,
  PAYMENT_METADATA,
  BLINDED_PATHS,
]);

/** The bits that are set in the field `9`, lowest first. */
export function readFeatures(words: Words, start: number, end: number): number[] {
  const bits: number[] = [];
  for (let index = end - 1; index >= start; index -= 1) {
    const word = words[index] ?? 0;
    for (let bit = 0; bit < 5; bit += 1) {
      if ((word >> bit) & 1) bits.push((end - 1 - index) * 5 + bit);
    }
  }
  return bits;
}

/** The field `9` in as few words as the highest bit needs; no bits are no words. */
export function featureWords(bits: readonly number[]): number[] {
  const words: number[] = new Array(Math.ceil((Math.max(-1, ...bits) + 1) / 5)).fill(0);
  for (const bit of bits) {
    const index = words.length - 1 - Math.floor(bit / 5);
    words[index] = (words[index] ?? 0) | (1 << (bit % 5));
  }
  return words;
}

/** BOLT-11: a demand that we do not know must fail the payment, and so must a missing dependency. */
export function checkFeatures(bits: readonly number[], blinded: boolean): void {
  const unknown = bits.find((bit) => bit % 2 === 0 && !KNOWN.has(bit));
  if (unknown !== undefined)
    throw unacceptable(`The invoice demands the unknown feature ${unknown}`);

  // In a blinded invoice the secret is inside the encrypted path, so its feature may be missing.
  if (!blinded && has(bits, BASIC_MPP) && !has(bits, PAYMENT_SECRET)) {
    throw unacceptable('The invoice offers parts without a payment secret');
  }
}

function has(bits: readonly number[], feature: number): boolean {
  return bits.includes(feature) || bits.includes(feature + 1);
}
