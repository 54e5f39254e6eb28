import { randomBytes } from 'node:crypto';

/** The only source of chance; a seeded one takes its place in tests. */
export type Random = (sizeBytes: number) => Uint8Array;

export const systemRandom: Random = (sizeBytes) => randomBytes(sizeBytes);

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case base32 without padding (alphabet of RFC 4648): 16 bytes give 26 characters. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >> bits) & 31];
    }
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text;
}

export type IdPrefix =
  | 'pl'
  | 'wl'
  | 'wb'
  | 'wd'
  | 'co'
  | 'ch'
  | 'ac'
  | 'tr'
  | 'inv'
  | 'lg'
  | 'evt'
  | 'req';

const ID_BYTES = 16;

/** A public id: a prefix and 128 random bits. */
export function newId(prefix: IdPrefix, random: Random): string {
  return `${prefix}_${base32(random(ID_BYTES))}`;
}
