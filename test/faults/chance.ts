import type { Random } from '../../src/random.ts';

/** Chance that a seed decides: the same seed gives the same run (sfc32, seeded by FNV-1a). */
export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: string) {
    this.#a = fnv(seed, 0x811c9dc5);
    this.#b = fnv(seed, 0x01000193);
    this.#c = fnv(seed, 0x9e3779b9);
    for (let round = 0; round < 12; round += 1) this.#word();
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor((this.#word() / 0x1_0000_0000) * below);
  }

  /** true with this probability. */
  happens(probability: number): boolean {
    return this.#word() < probability * 0x1_0000_0000;
  }

  one<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to choose from');
    return item;
  }

  /** An index, each as likely as its weight is large. */
  weighted(weights: readonly number[]): number {
    let left = (this.#word() / 0x1_0000_0000) * weights.reduce((sum, weight) => sum + weight, 0);
    const index = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return index < 0 ? weights.length - 1 : index;
  }

  /** The source of chance of the product. */
  readonly bytes: Random = (sizeBytes) => {
    const bytes = Buffer.alloc(sizeBytes);
    for (let place = 0; place < sizeBytes; place += 1) bytes[place] = this.#word() & 0xff;
    return bytes;
  };

  #word(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }
}

function fnv(text: string, start: number): number {
  let hash = start;
  for (let place = 0; place < text.length; place += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  }
  return hash | 0;
}
