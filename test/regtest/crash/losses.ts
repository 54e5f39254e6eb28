import type { Evidence } from './evidence.ts';

/**
 * What alice's LND settled and gave back all the same, because it was killed in between. Of what it took
 * for a replay only the balance of the channel tells which it was.
 */
export class Losses {
  readonly #judged = new Set<string>();
  #lostSat = 0;

  /** Whether a sum of what may be lost is right. What made it right is believed from then on. */
  explain({ invoices, replayed }: Evidence, isRight: (lostSat: number) => boolean): boolean {
    const fresh = [...replayed].filter((hash) => !this.#judged.has(hash));
    let sums = [this.#lostSat];
    for (const hash of fresh) {
      const invoice = invoices.get(hash);
      if (invoice?.state !== 'SETTLED') continue;
      const lostSat = Number(invoice.amt_paid_msat) / 1000;
      sums = [...sums, ...sums.map((sum) => sum + lostSat)];
    }
    const right = sums.find(isRight);
    if (right === undefined) return false;
    for (const hash of fresh) this.#judged.add(hash);
    this.#lostSat = right;
    return true;
  }

  /** In satoshi, as far as it is known. */
  get lostSat(): number {
    return this.#lostSat;
  }
}
