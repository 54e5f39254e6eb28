import { expect } from '@jest/globals';
import { until } from '../network/until.ts';
import type { Counter } from './counter.ts';

export const OK = { status: 'OK' };

/** What every voucher is good for here, unless it says otherwise. */
export const VOUCHER_MSAT = 70_000;

/** A withdraw link of one use over that amount. */
export const VOUCHER = {
  description: 'Voucher',
  minMsat: VOUCHER_MSAT,
  maxMsat: VOUCHER_MSAT,
  uses: 1,
};

/** What a wallet is told when it gets nothing. */
export function refusal(reason: string): object {
  return { status: 'ERROR', reason };
}

/** A withdraw link of one use, and a wallet that has read it once. */
export class Voucher {
  readonly id: string;
  readonly url: string;
  readonly #counter: Counter;
  readonly #callback: string;
  readonly #k1: string;

  static async make(counter: Counter, terms: object = {}): Promise<Voucher> {
    const asked = { ...VOUCHER, ...terms };
    const { id, url } = await counter.operator('POST', '/withdraw-links', asked);
    const { tag, callback, k1 } = await counter.wallet(url);
    expect(tag).toBe('withdrawRequest');
    return new Voucher(counter, id, url, callback, k1);
  }

  private constructor(counter: Counter, id: string, url: string, callback: string, k1: string) {
    this.#counter = counter;
    this.id = id;
    this.url = url;
    this.#callback = callback;
    this.#k1 = k1;
  }

  /** LUD-03, second call. */
  async claim(bolt11: string) {
    return await this.#counter.wallet(this.#callback, { k1: this.#k1, pr: bolt11 });
  }

  /** The claims on it as the operator sees them, the newest first. */
  async claims() {
    return (await this.#counter.operator('GET', `/withdrawals?linkId=${this.id}`)).items;
  }

  /** Waits for the end of the newest claim. */
  async ended() {
    return await until(`a claim on ${this.id} to end`, async () => {
      const [newest] = await this.claims();
      return ['paid', 'failed'].includes(newest?.state) ? newest : undefined;
    });
  }

  /** What the operator reads of it. */
  async terms() {
    return await this.#counter.operator('GET', `/withdraw-links/${this.id}`);
  }
}
