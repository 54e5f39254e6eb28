/** Bech32 carries 5-bit words, the fields of an invoice are bytes and numbers: here they meet. */
export type Words = readonly number[];

/** The whole bytes in `words[start, end)`; bits that do not fill a byte are padding and fall away. */
export function wordsToBytes(words: Words, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(((end - start) * 5) >> 3);
  writeBytes(words, start, end, bytes, 0);
  return bytes;
}

/** Writes the whole bytes of `words[start, end)` and returns the bits left over, as one byte padded with zeros. */
export function writeBytes(
  words: Words,
  start: number,
  end: number,
  bytes: Uint8Array,
  offset: number,
): number {
  let at = offset;
  let bits = 0;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    value = ((value << 5) | (words[index] ?? 0)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = value >> bits;
      at += 1;
    }
  }
  return (value << (8 - bits)) & 0xff;
}

/** The big-endian number in `words[start, end)`, or undefined when it is not a safe integer. */
export function wordsToNumber(words: Words, start: number, end: number): number | undefined {
  let value = 0;
  for (let index = start; index < end; index += 1) {
    value = value * 32 + (words[index] ?? 0);
    if (!Number.isSafeInteger(value)) return undefined;
  }
  return value;
}

/** Appends bytes, padded with zero bits to a whole word. */
export function pushBytes(words: number[], bytes: Uint8Array): void {
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      words.push((value >> bits) & 31);
    }
  }
  if (bits > 0) words.push((value << (5 - bits)) & 31);
}

/** Appends a number as exactly `count` words, big-endian. */
export function pushNumber(words: number[], value: number, count: number): void {
  for (let place = count - 1; place >= 0; place -= 1) {
    words.push(Math.floor(value / 32 ** place) % 32);
  }
}

/** How many words a number needs, without leading zeros; 0 needs one. */
export function wordsNeeded(value: number): number {
  let count = 1;
  for (let rest = Math.floor(value / 32); rest > 0; rest = Math.floor(rest / 32)) count += 1;
  return count;
}
