import { randomBytes } from 'node:crypto';

/** The only source of chance; a seeded one takes its place in tests. */
export type Random = (sizeBytes: number) => Uint8Array;

const POOL_BYTES = 8192;
const MAX_FROM_POOL_BYTES = 256;

/** Bytes of the operating system, drawn by the pool: a call for each few of them costs more than they do. */
export const systemRandom: Random = pooled((sizeBytes) => randomBytes(sizeBytes));

/** Draws much at once and hands it out in pieces, none of it twice. */
function pooled(draw: Random): Random {
  let pool: Uint8Array = new Uint8Array(0);
  return (sizeBytes) => {
    if (sizeBytes > MAX_FROM_POOL_BYTES) return draw(sizeBytes);
    // A copy of the right type: slicing a Buffer gives a view, and the next line would clear it.
    if (pool.length < sizeBytes) pool = Uint8Array.from(draw(POOL_BYTES));
    const bytes = pool.slice(0, sizeBytes);
    pool.fill(0, 0, sizeBytes);
    pool = pool.subarray(sizeBytes);
    return bytes;
  };
}

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
  | 'key'
  | 'lg'
  | 'evt'
  | 'req'
  | 'wh';

const ID_BYTES = 16;

/** A public id: a prefix and 128 random bits. */
export function newId(prefix: IdPrefix, random: Random): string {
  return `${prefix}_${base32(random(ID_BYTES))}`;
}
