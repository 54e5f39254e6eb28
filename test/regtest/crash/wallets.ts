import { setTimeout as delay } from 'node:timers/promises';
import { type Client, pathOf, Unanswered } from '../../process/client.ts';
import type { Promises, Voucher } from './promises.ts';

const ASKS_MAX = 12;
const ASK_AGAIN_MS = 150;

/** What LUD-01 lets a server answer: what was asked for, or why not. */
export type WalletAnswer<T> = T | { readonly status: 'ERROR'; readonly reason: string };

export interface Offer {
  readonly callback: string;
  readonly k1: string;
  readonly minWithdrawable: number;
  readonly maxWithdrawable: number;
}

/** Wallets as they are: who hears no answer asks again, and the same. */
export class Wallets {
  readonly #client: Client;
  readonly #promises: Promises;

  constructor(client: Client, promises: Promises) {
    this.#client = client;
    this.#promises = promises;
  }

  /** LUD-03, the first step. undefined: refused, or never answered. */
  async offer({ path }: Voucher): Promise<Offer | undefined> {
    const answer = await this.#ask<Offer>(path);
    return answer && !('reason' in answer) ? answer : undefined;
  }

  /** LUD-03, the second step; what it was told is kept. */
  async claim({ callback, k1 }: Offer, bolt11: string, paymentHash: string): Promise<void> {
    const { pathname } = new URL(callback);
    const answer = await this.#ask<{ status: 'OK' }>(`${pathname}?k1=${k1}&pr=${bolt11}`);
    if (answer?.status === 'OK') this.#promises.claimed.add(paymentHash);
  }

  /** LUD-06, the second step, at a callback that the wallet knows. */
  async invoice(callback: string, amountMsat: number): Promise<string | undefined> {
    const answer = await this.#ask<{ pr: string }>(`${pathOf(callback)}?amount=${amountMsat}`);
    return answer && !('reason' in answer) ? answer.pr : undefined;
  }

  async #ask<T>(path: string): Promise<WalletAnswer<T> | undefined> {
    const { counts } = this.#promises;
    for (let asked = 0; asked < ASKS_MAX; asked += 1) {
      counts.asks += 1;
      if (asked > 0) counts.repeats += 1;
      try {
        const { status, text } = await this.#client.get(path);
        if (status === 200) return JSON.parse(text) as WalletAnswer<T>;
        this.#promises.faults.push(`a wallet was answered ${status}: ${text}`);
        return undefined;
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        await delay(ASK_AGAIN_MS);
      }
    }
    counts.unanswered += 1;
    return undefined;
  }
}
