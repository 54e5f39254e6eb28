import { readFileSync } from 'node:fs';
import { Books } from '../../faults/books.ts';
import { type Balances, booksOfNode, type Evidence } from './evidence.ts';
import { Losses } from './losses.ts';
import type { Promises } from './promises.ts';
import type { ServerLives } from './server-lives.ts';
import { type ClaimRow, Snapshot } from './snapshot.ts';

/** F3 of the payer, its round, and a moment. */
const FENCE_MS = 60_000 + 20_000;
/** What is still on a channel so long after the claim, with nobody holding it, does not move any more. */
const OLD_MS = 75_000;
/** What a balance in satoshi may differ from one in millisatoshi, on each side. */
const ROUNDING_SAT = 2;

/** Why a claim has no end yet, where that is right: `none` is no reason. */
export type Cause =
  | 'hold invoice'
  | 'stuck, and held'
  | 'stuck'
  | 'on a channel'
  | 'fence'
  | 'none';

export interface Findings {
  /** Sentences; nothing is what we want. */
  readonly faults: readonly string[];
  readonly claims: ReadonlyMap<ClaimRow['state'], number>;
  readonly causes: ReadonlyMap<Cause, number>;
  /** What has no end yet, with why. */
  readonly open: ReadonlyMap<ClaimRow, Cause>;
  readonly balances: Balances;
  /** What LND settled, and gave back when it was killed at that moment. */
  readonly lostSat: number;
}

interface Parts {
  readonly server: ServerLives;
  readonly promises: Promises;
  /** Before anything was paid. */
  readonly before: Balances;
}

/** Holds what the server says against what the nodes say, when nothing moves. */
export class Audit {
  readonly #parts: Parts;
  readonly #losses = new Losses();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async look(evidence: Evidence): Promise<Findings> {
    const { server } = this.#parts;
    using snapshot = new Snapshot(server.databasePath);
    const claims = snapshot.claims();
    const open = claims.filter(({ state }) => state !== 'paid' && state !== 'failed');
    const causes = new Map(open.map((claim) => [claim, this.#causeOf(claim, evidence)]));
    const underWay = new Set(
      [...causes].flatMap(([claim, cause]) => (cause === 'none' ? [] : [claim.payment_hash])),
    );
    const books = new Books(snapshot, booksOfNode(evidence));
    const allowed = { held: true, underWay: (hash: string) => underWay.has(hash) };
    return {
      faults: [
        ...this.#parts.promises.faults,
        ...books.faults(allowed),
        ...claims.flatMap((claim) => faultsOfClaim(claim, evidence)),
        ...this.#faultsOfPayments(claims, evidence),
        ...faultsOfReceipts(evidence),
        ...this.#faultsOfBalances(evidence),
        ...this.#faultsOfOutput(),
        ...(await this.#faultsOfReconcile(open.length)),
      ],
      claims: counted(claims.map(({ state }) => state)),
      causes: counted([...causes.values()]),
      open: causes,
      balances: evidence.balances,
      lostSat: this.#losses.lostSat,
    };
  }

  #causeOf(claim: ClaimRow, { payments, onChannels }: Evidence): Cause {
    const { payment_hash, sends_started, sends_closed, invoice_expires_at, state } = claim;
    const isOld = Date.now() > Number(claim.created_at) + OLD_MS;
    const status = payments.get(payment_hash)?.status;
    const onChannel = onChannels.has(payment_hash);
    if (this.#parts.promises.held.has(payment_hash) && onChannel) return 'hold invoice';
    if (status === 'IN_FLIGHT' && !onChannel) return state === 'held' ? 'stuck, and held' : 'stuck';
    // The money is out, and neither LND moves it: it comes back when the HTLC expires, at the latest.
    if (status === 'IN_FLIGHT' && onChannel && isOld) return 'on a channel';
    const mayArrive = sends_started > sends_closed && state === 'sending';
    const inTime = Date.now() < Number(invoice_expires_at) + FENCE_MS;
    if ((status === undefined || status === 'FAILED') && mayArrive && inTime) return 'fence';
    return 'none';
  }

  /** Every payment has its claim, and both nodes agree on it. */
  #faultsOfPayments(claims: readonly ClaimRow[], evidence: Evidence): string[] {
    const { payments, theirInvoices } = evidence;
    const hashes = new Set(claims.map(({ payment_hash }) => payment_hash));
    const { claimed } = this.#parts.promises;
    const unheard = [...claimed].filter((hash) => !hashes.has(hash));
    const faults = unheard.map((hash) => `a wallet was told OK, and ${hash} has no claim`);
    for (const [hash, { status, value_msat }] of payments) {
      if (!hashes.has(hash)) faults.push(`${hash} was paid, and no claim stands for it`);
      const payee = theirInvoices.get(hash);
      if (status !== 'SUCCEEDED' && payee?.state !== 'SETTLED') continue;
      const agree = status === 'SUCCEEDED' && payee?.state === 'SETTLED';
      if (!agree) faults.push(`${hash} is ${status} here, and ${payee?.state} there`);
      if (agree && payee.amt_paid_msat !== value_msat) {
        faults.push(`${hash} is ${value_msat} msat here, and ${payee.amt_paid_msat} there`);
      }
    }
    for (const [hash, { state }] of theirInvoices) {
      const known = payments.has(hash);
      if (state === 'SETTLED' && !known) faults.push(`${hash} came there, and never left here`);
    }
    return faults;
  }

  /** Where the money is now is explained by what was paid. */
  #faultsOfBalances(evidence: Evidence): string[] {
    const { payments, invoices, carolsPayments, carolsInvoices, balances } = evidence;
    const { before } = this.#parts;
    const bob = before.bobWithAlice + (sent(payments) - received(invoices)) / 1000;
    const carol = before.carol + (received(carolsInvoices) - sent(carolsPayments)) / 1000;
    const isNear = (is: number, should: number): boolean => Math.abs(is - should) <= ROUNDING_SAT;
    const isExplained = this.#losses.explain(evidence, (lostSat) =>
      isNear(balances.bobWithAlice, bob + lostSat),
    );
    return [
      ...(isExplained
        ? []
        : [`bob has ${balances.bobWithAlice} sat of alice's channel instead of ${bob}`]),
      ...(isNear(balances.carol, carol)
        ? []
        : [`carol has ${balances.carol} sat instead of ${carol}`]),
    ];
  }

  /** What the server itself calls an error is one. */
  #faultsOfOutput(): string[] {
    const lines = readFileSync(this.#parts.server.outputPath, 'utf8').split('\n');
    return lines.filter((line) => /"level":"(error|fatal)"|^\w*Error/.test(line));
  }

  async #faultsOfReconcile(open: number): Promise<string[]> {
    const { operator } = this.#parts.server;
    const unheard = { status: 0, text: '' };
    const answer = await operator.post('/api/v1/reconcile', {}).catch(() => unheard);
    const { status, text } = answer;
    if (status !== 200) return [`reconcile was answered ${status}: ${text}`];
    const { state, report } = JSON.parse(text) as Reconciled;
    const { agrees, foreign, pending, decided } = report;
    const fine =
      state === 'agrees' && agrees && foreign.payments + foreign.invoices === 0 && decided === 0;
    const faults = fine ? [] : [`reconcile does not agree: ${text}`];
    if (pending > open) faults.push(`reconcile knows of ${pending} open claims, of ${open}`);
    return faults;
  }
}

interface Reconciled {
  readonly state: string;
  readonly report: {
    readonly agrees: boolean;
    readonly foreign: { readonly payments: number; readonly invoices: number };
    readonly pending: number;
    readonly decided: number;
  };
}

/** What the server calls the end of a claim is what LND calls it. */
function faultsOfClaim(claim: ClaimRow, { payments, onChannels }: Evidence): string[] {
  const { id, state, reason, payment_hash, amount_msat, fee_msat } = claim;
  const payment = payments.get(payment_hash);
  const status = payment?.status ?? 'without a record';
  switch (state) {
    case 'paid': {
      const { value_msat, fee_msat: cost } = payment ?? { value_msat: '-1', fee_msat: '-1' };
      const same = amount_msat === BigInt(value_msat) && fee_msat === BigInt(cost);
      if (status === 'SUCCEEDED' && same) return [];
      return [`${id} is paid, and LND says ${status}, ${value_msat} and ${cost} msat`];
    }
    case 'failed': {
      const over = (!payment || status === 'FAILED') && !onChannels.has(payment_hash);
      return over ? [] : [`${id} failed (${reason}), and LND says ${status}`];
    }
    case 'held': {
      const stuck = reason === 'stuck' && status === 'IN_FLIGHT' && !onChannels.has(payment_hash);
      return stuck ? [] : [`${id} is held (${reason}), and LND says ${status}`];
    }
    case 'reserved':
    case 'sending':
      return [];
    default:
      return state satisfies never;
  }
}

/** What the others paid has come, and nothing else. */
function faultsOfReceipts({ invoices, theirPayments, replayed }: Evidence): string[] {
  const faults: string[] = [];
  for (const [hash, { state, amt_paid_msat }] of invoices) {
    const payment = theirPayments.get(hash);
    // LND settled it and gave it back before anybody else heard of it: that is between it and itself.
    if (state === 'SETTLED' && payment?.status === 'FAILED' && replayed.has(hash)) continue;
    const paid = payment?.status === 'SUCCEEDED';
    if (paid !== (state === 'SETTLED'))
      faults.push(`${hash} is ${state} here, and ${payment?.status} there`);
    if (paid && payment.value_msat !== amt_paid_msat) {
      faults.push(`${hash} is ${amt_paid_msat} msat here, and ${payment.value_msat} there`);
    }
  }
  return faults;
}

function sent(payments: Evidence['payments']): number {
  return [...payments.values()]
    .filter(({ status }) => status === 'SUCCEEDED')
    .reduce((sum, { value_msat, fee_msat }) => sum + Number(value_msat) + Number(fee_msat), 0);
}

function received(invoices: Evidence['invoices']): number {
  return [...invoices.values()]
    .filter(({ state }) => state === 'SETTLED')
    .reduce((sum, { amt_paid_msat }) => sum + Number(amt_paid_msat), 0);
}

function counted<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
