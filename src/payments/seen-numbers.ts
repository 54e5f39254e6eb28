const FIRST_SIZE_BYTES = 1024;
const BITS = 8;

/** Which of many numbers in a row were met: a bit for each, so that ten million need a megabyte. */
export class SeenNumbers {
  readonly #from: number;
  #bits = new Uint8Array(FIRST_SIZE_BYTES);

  /** Numbers from this one on are remembered; smaller ones count as seen. */
  constructor(from: number) {
    this.#from = from;
  }

  add(value: number): void {
    const place = value - this.#from;
    if (place < 0) return;
    const byte = Math.floor(place / BITS);
    this.#growFor(byte);
    this.#bits[byte] = (this.#bits[byte] ?? 0) | (1 << (place % BITS));
  }

  has(value: number): boolean {
    const place = value - this.#from;
    if (place < 0) return true;
    return ((this.#bits[Math.floor(place / BITS)] ?? 0) & (1 << (place % BITS))) !== 0;
  }

  #growFor(byte: number): void {
    if (byte < this.#bits.length) return;
    const larger = new Uint8Array(Math.max(byte + 1, 2 * this.#bits.length));
    larger.set(this.#bits);
    this.#bits = larger;
  }
}
