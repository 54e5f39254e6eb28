import { setTimeout as delay } from 'node:timers/promises';
import type { LndNode } from '../network/lnd.ts';
import { until } from '../network/until.ts';
import type { Cause, Findings } from './audit.ts';
import { linked } from './linked.ts';
import type { Load } from './load.ts';
import type { Promises, Voucher } from './promises.ts';
import type { ServerLives } from './server-lives.ts';
import { type ClaimRow, Snapshot } from './snapshot.ts';
import type { Wallets } from './wallets.ts';

interface Parts {
  readonly server: ServerLives;
  readonly alice: LndNode;
  /** The neighbour of our node. */
  readonly payee: LndNode;
  readonly load: Load;
  readonly wallets: Wallets;
  readonly promises: Promises;
  /** Looks until nothing is wrong, or for as long as anything may take. */
  readonly look: () => Promise<Findings>;
}

/** Longer than the short invoices of the load live. */
const LONG_LEFT_MS = 60_000;
/** A claim waits for its short invoice, and 60 s; then it is asked for every 15 s. */
const PATIENCE_MS = 240_000;
const LOOK_EVERY_MS = 5_000;
/** Whether a restart was seen shows with the next round of the server. */
const RESTART_EVERY_MS = 45_000;
const CLAIMS_AT_ONCE = 8;
const LIVES_LONG_SECONDS = 3_600;

/** The end of a run: nothing is killed any more, and all that can end has to. */
export class Ending {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Answers what is wrong, and how many vouchers were claimed that had been tried in vain. */
  async reach(): Promise<{ readonly findings: Findings; readonly claimedAgain: number }> {
    const { load, look } = this.#parts;
    await load.decideAll();
    const over = await this.#untilOver();
    if (over.faults.length > 0) return { findings: over, claimedAgain: 0 };
    const { stranded, claimedAgain } = await this.#claimWhatIsLeft();
    const last = await look();
    return { findings: { ...last, faults: [...stranded, ...last.faults] }, claimedAgain };
  }

  /** What only a restart of the node or the end of an invoice decides. */
  async #untilOver(): Promise<Findings> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    let restartAt = performance.now();
    for (;;) {
      const findings = await this.#parts.look();
      const late = [...findings.open].filter(([claim, cause]) => !mayStay(claim, cause));
      if (findings.faults.length > 0 || late.length === 0) return findings;
      if (performance.now() > giveUpAt) {
        const faults = late.map(([{ id, state }, cause]) => `${id} stays ${state} (${cause})`);
        return { ...findings, faults };
      }
      if (performance.now() > restartAt) {
        restartAt = performance.now() + RESTART_EVERY_MS;
        await this.#restart();
      }
      await delay(LOOK_EVERY_MS);
    }
  }

  /** The server sees it, because it goes on meanwhile. */
  async #restart(): Promise<void> {
    const { alice, payee, server } = this.#parts;
    await alice.stop('SIGTERM');
    await alice.start();
    await linked(alice, payee);
    await server.ready();
  }

  /** No voucher is stranded: one that was tried in vain can be claimed by whoever comes next. */
  async #claimWhatIsLeft(): Promise<{ stranded: readonly string[]; claimedAgain: number }> {
    const taken = this.#usesOf('uses_taken');
    const left = this.#parts.promises.vouchers.filter(
      ({ id, uses, tries }) => uses === 1 && tries > 0 && taken.get(id) === 0n,
    );
    const stranded: string[] = [];
    const waiting = left.values();
    const lane = async (): Promise<void> => {
      for (const voucher of waiting) {
        const why = await this.#claim(voucher).then(
          () => undefined,
          (error) => String(error),
        );
        if (why !== undefined) stranded.push(`the voucher ${voucher.id} is stranded: ${why}`);
      }
    };
    await Promise.all(Array.from({ length: CLAIMS_AT_ONCE }, lane));
    return { stranded, claimedAgain: left.length };
  }

  async #claim(voucher: Voucher): Promise<void> {
    const { wallets, load, payee } = this.#parts;
    const offer = await wallets.offer(voucher);
    if (!offer) throw new Error('it is not offered any more');
    const { bolt11, paymentHash } = await load.newInvoice(payee, LIVES_LONG_SECONDS);
    await wallets.claim(offer, bolt11, paymentHash);
    await until('it to be paid', () => {
      return this.#usesOf('uses_paid').get(voucher.id) === 1n || undefined;
    });
  }

  #usesOf(column: 'uses_taken' | 'uses_paid'): ReadonlyMap<string, bigint> {
    using snapshot = new Snapshot(this.#parts.server.databasePath);
    const rows = snapshot.all<{ id: string; uses: bigint }>(
      `select id, ${column} as uses from withdraw_links`,
    );
    return new Map(rows.map(({ id, uses }) => [id, uses]));
  }
}

/** What is stuck is held once its invoice is surely over; nobody waits for one of an hour. */
function mayStay({ invoice_expires_at }: ClaimRow, cause: Cause): boolean {
  if (cause === 'stuck, and held' || cause === 'on a channel') return true;
  const leftMs = Number(invoice_expires_at) - Date.now();
  return cause === 'stuck' && leftMs > LONG_LEFT_MS;
}
