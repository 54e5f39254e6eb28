import { createHmac, timingSafeEqual } from 'node:crypto';
import type { K1 } from '../hex.ts';
import type { Random } from '../random.ts';

const TIME_BYTES = 5;
const RANDOM_BYTES = 11;
const MAC_BYTES = 16;
const SECOND_MS = 1000;
/** How long an answer of the first call is good for the second (checklist A-27). */
const LIFE_MS = 10 * 60_000;

/**
 * Challenges that need no row: 5 bytes of time, 11 random bytes, and a truncated MAC over both and the
 * link's id, so that anybody may ask for as many as he likes (checklist GEN-34; design.md 3.4).
 */
export class Challenges {
  readonly #key: Uint8Array;
  readonly #random: Random;

  constructor(key: Uint8Array, random: Random) {
    this.#key = key;
    this.#random = random;
  }

  /** A new challenge for a link that many may read. */
  issue(linkId: string, now: number): K1 {
    const head = Buffer.alloc(TIME_BYTES + RANDOM_BYTES);
    head.writeUIntBE(Math.floor(now / SECOND_MS), 0, TIME_BYTES);
    head.set(this.#random(RANDOM_BYTES), TIME_BYTES);
    return Buffer.concat([head, this.#mac(linkId, head)]).toString('hex') as K1;
  }

  /** The one challenge of a voucher: the same until it is used. */
  fixed(linkId: string): K1 {
    return this.#digest(`voucher/${linkId}`).toString('hex') as K1;
  }

  /** What a challenge is to this link. An altered one, or that of another link, is `strange`. */
  judge(k1: K1, linkId: string, now: number): 'good' | 'expired' | 'strange' {
    const bytes = Buffer.from(k1, 'hex');
    const head = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
    const mac = bytes.subarray(TIME_BYTES + RANDOM_BYTES);
    if (!timingSafeEqual(mac, this.#mac(linkId, head))) return 'strange';
    const issuedAt = head.readUIntBE(0, TIME_BYTES) * SECOND_MS;
    return now < issuedAt + LIFE_MS ? 'good' : 'expired';
  }

  /** Whether it is the challenge of this voucher. */
  isFixed(k1: K1, linkId: string): boolean {
    return timingSafeEqual(Buffer.from(k1, 'hex'), this.#digest(`voucher/${linkId}`));
  }

  #mac(linkId: string, head: Uint8Array): Buffer {
    const text = `many/${linkId}/${Buffer.from(head).toString('hex')}`;
    return this.#digest(text).subarray(0, MAC_BYTES);
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(`boltgate/k1/${text}`).digest();
  }
}
