import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PaymentHash } from '../hex.ts';
import type { LightningNode, NodeBooking } from '../lightning/node.ts';
import { eachAtOnce } from './at-once.ts';
import type { AccountState, BookedClaim, BookedInvoice, NodeLine, OwnBooks } from './books.ts';
import type { Difference, Verdict } from './difference.ts';
import { FEES, NODE } from './ledger.ts';
import type { ReconcileReport } from './reconcile-report.ts';
import { SeenNumbers } from './seen-numbers.ts';
import type { Settlement } from './settlement.ts';
import { judgeClaim, judgeInvoice, type PaymentWord, wordOf } from './verdict.ts';

/** What the rounds of a reconciliation stand on. */
export interface ReconcileParts {
  readonly books: OwnBooks;
  readonly node: Pick<LightningNode, 'books' | 'trackPayment' | 'lookupInvoice'>;
  readonly settlement: Pick<Settlement, 'apply'>;
}

/** How far a round came, so that the next one can go on from there. */
export interface Progress {
  /** Accounts whose entries added up to their balance, and when. */
  readonly accounts: ReadonlyMap<string, AccountState>;
  /** The last line of the account `node` that was looked at. */
  readonly nodeLine: number;
  /** From when on the node's books are to be read again, by its clock. */
  readonly since: number | undefined;
}

type Found = Omit<ReconcileReport, 'at' | 'scope' | 'agrees'> & { readonly progress: Progress };

/** Other work gets its turn between two pages: readings of the store stop the whole process. */
const PAGE = 500;
const ENTRIES_PAGE = 5_000;
const NODE_CALLS_AT_ONCE = 8;
const NODE_PATIENCE_MS = 10_000;
/** Clocks of nodes are set back now and then. */
const OVERLAP_MS = 600_000;
const MAX_LISTED = 1_000;

/**
 * One pass over both books. Ours are marked first, then the node's are read, so that all of ours up
 * to the mark must be met there. What seems to differ is looked at a second time, ours first and then
 * the node's, because things happen while the books are read; only what still differs is reported.
 */
export class ReconcileRound {
  readonly #parts: ReconcileParts;
  readonly #from: Progress;
  readonly #signal: AbortSignal;
  readonly #seen: SeenNumbers;
  readonly #count = { payments: 0, invoices: 0, pending: 0, decided: 0 };
  readonly #foreign = { payments: 0, invoices: 0 };
  readonly #differences: Difference[] = [];
  #more = 0;

  constructor(parts: ReconcileParts, from: Progress, signal: AbortSignal) {
    this.#parts = parts;
    this.#from = from;
    this.#signal = signal;
    this.#seen = new SeenNumbers(from.nodeLine + 1);
  }

  async run(): Promise<Found> {
    const accounts = await this.#parts.books.accounts();
    const balanced = await this.#addUp(accounts);
    const nodeLine = find(accounts, NODE).entryCount;
    const since = await this.#readNode();
    await this.#readOurs(nodeLine);
    return {
      ...this.#count,
      held: -(find(accounts, NODE).balance + find(accounts, FEES).balance),
      foreign: this.#foreign,
      differences: this.#differences,
      more: this.#more,
      progress: { accounts: balanced, nodeLine, since },
    };
  }

  /** All balances are zero together, and each is the sum of its entries. */
  async #addUp(accounts: readonly AccountState[]): Promise<ReadonlyMap<string, AccountState>> {
    const sum = accounts.reduce((total, { balance }) => total + balance, 0n);
    if (sum !== 0n) this.#report([ledgerDifference('sum', 'ledger', sum, 0n)]);
    const balanced = new Map<string, AccountState>();
    for (const account of accounts) {
      const counted = await this.#sumOf(account);
      if (counted === account.balance) balanced.set(account.id, account);
      else this.#report([ledgerDifference('balance', account.id, account.balance, counted)]);
    }
    return balanced;
  }

  /**
   * The sum of an account's entries; those that added up before are not read again. undefined when
   * one is missing.
   */
  async #sumOf({ id, entryCount }: AccountState): Promise<bigint | undefined> {
    const before = this.#from.accounts.get(id);
    let sum = before?.balance ?? 0n;
    for (let after = before?.entryCount ?? 0; after < entryCount; ) {
      const upTo = Math.min(after + ENTRIES_PAGE, entryCount);
      const page = await this.#parts.books.sumEntries(id, after, upTo);
      if (page.count !== upTo - after) return undefined;
      sum += page.sum;
      after = upTo;
      await this.#pause();
    }
    return sum;
  }

  /** From the node to us. Answers from when on its books are to be read the next time. */
  async #readNode(): Promise<number | undefined> {
    const { since } = this.#from;
    let newest = since;
    let oldestPending = Number.POSITIVE_INFINITY;
    const judge = async (page: readonly NodeBooking[]): Promise<void> => {
      for (const { at } of await this.#judge(page)) oldestPending = Math.min(oldestPending, at);
      for (const { at } of page) newest = Math.max(newest ?? at, at);
      await this.#pause();
    };
    let page: NodeBooking[] = [];
    for await (const booking of this.#parts.node.books(since, this.#signal)) {
      page.push(booking);
      if (page.length < PAGE) continue;
      await judge(page);
      page = [];
    }
    await judge(page);
    return newest === undefined ? undefined : Math.min(newest - OVERLAP_MS, oldestPending);
  }

  /** Looks up what we have for each line of the node; answers the lines that are under way. */
  async #judge(page: readonly NodeBooking[]): Promise<NodeBooking[]> {
    const { books } = this.#parts;
    const payments = page.filter((booking) => booking.kind === 'payment');
    const invoices = page.filter((booking) => booking.kind === 'invoice');
    const claims = byHash(await books.claims(payments.map(hashOf)));
    const ours = byHash(await books.invoices(invoices.map(hashOf)));
    for (const payment of payments) await this.#judgePayment(claims.get(hashOf(payment)), payment);
    for (const { paymentHash, received } of invoices) {
      const invoice = ours.get(paymentHash);
      if (!invoice) this.#foreign.invoices += 1;
      else await this.#take(invoice, judgeInvoice(invoice, received));
    }
    return payments.filter((payment) => payment.state === 'unknown' && claims.has(hashOf(payment)));
  }

  async #judgePayment(
    claim: BookedClaim | undefined,
    payment: NodeBooking & { readonly kind: 'payment' },
  ): Promise<void> {
    const verdict = claim && judgeClaim(claim, wordOf(payment));
    if (!claim || verdict?.kind === 'foreign') this.#foreign.payments += 1;
    else if (verdict) await this.#take(claim, verdict, payment.amount);
  }

  /** From us to the node: every line of ours up to the mark was met in the node's books, or is asked for. */
  async #readOurs(upTo: number): Promise<void> {
    const { books } = this.#parts;
    for (let after = this.#from.nodeLine; after < upTo; ) {
      const lines = await books.nodeLines(after, upTo, PAGE);
      const unseen = lines.filter(({ seq }) => !this.#seen.has(seq));
      await eachAtOnce(unseen, NODE_CALLS_AT_ONCE, async (line) => await this.#ask(line));
      for (const { kind } of lines) this.#count[kind === 'claim' ? 'payments' : 'invoices'] += 1;
      after = lines.at(-1)?.seq ?? upTo;
      await this.#pause();
    }
  }

  async #ask({ kind, reference, paymentHash }: NodeLine): Promise<void> {
    if (this.#differences.length >= MAX_LISTED) {
      this.#more += 1; // So much is wrong that asking for each would only take long.
    } else if (paymentHash === undefined) {
      this.#report([ledgerDifference('booking', reference, undefined, undefined)]);
    } else {
      const verdict =
        kind === 'claim'
          ? await this.#lookAtClaim(paymentHash, undefined)
          : await this.#lookAtInvoice(paymentHash);
      this.#note(verdict);
    }
  }

  /** Remembers that we have this line, and looks again when it seems to differ. */
  async #take(ours: BookedClaim | BookedInvoice, verdict: Verdict, sent?: bigint): Promise<void> {
    if (ours.booking) this.#seen.add(ours.booking.seq);
    if (verdict.kind !== 'differs') return this.#note(verdict);
    const again =
      'received' in ours
        ? await this.#lookAtInvoice(ours.paymentHash)
        : await this.#lookAtClaim(ours.paymentHash, sent);
    this.#note(again);
  }

  /** The amount that was sent is known from the node's books alone. */
  async #lookAtClaim(hash: PaymentHash, sent: bigint | undefined): Promise<Verdict> {
    const { books, node } = this.#parts;
    const [claim] = await books.claims([hash]);
    if (!claim) return { kind: 'foreign' };
    const outcome = await node.trackPayment(hash, this.#deadline());
    const word: PaymentWord =
      outcome && outcome.state !== 'failed' ? { ...outcome, amount: sent } : undefined;
    return judgeClaim(claim, word);
  }

  /** An invoice that is settled and not booked yet is booked: it may have been paid a moment ago. */
  async #lookAtInvoice(hash: PaymentHash): Promise<Verdict> {
    const { books, node, settlement } = this.#parts;
    const [before] = await books.invoices([hash]);
    if (!before) return { kind: 'foreign' };
    const update = await node.lookupInvoice(hash, this.#deadline());
    if (update?.state !== 'settled') return judgeInvoice(before, undefined);
    await settlement.apply(update);
    const [invoice] = await books.invoices([hash]);
    return judgeInvoice(invoice ?? before, update.received);
  }

  #note(verdict: Verdict): void {
    if (verdict.kind === 'pending') this.#count.pending += 1;
    if (verdict.kind === 'decided') this.#count.decided += 1;
    if (verdict.kind === 'differs') this.#report(verdict.differences);
  }

  #report(differences: readonly Difference[]): void {
    const room = Math.max(0, MAX_LISTED - this.#differences.length);
    this.#differences.push(...differences.slice(0, room));
    this.#more += Math.max(0, differences.length - room);
  }

  #deadline(): AbortSignal {
    return AbortSignal.any([this.#signal, AbortSignal.timeout(NODE_PATIENCE_MS)]);
  }

  async #pause(): Promise<void> {
    await nextTurn();
    this.#signal.throwIfAborted();
  }
}

function hashOf({ paymentHash }: { readonly paymentHash: PaymentHash }): PaymentHash {
  return paymentHash;
}

function byHash<T extends { readonly paymentHash: PaymentHash }>(
  items: readonly T[],
): Map<PaymentHash, T> {
  return new Map(items.map((item) => [item.paymentHash, item]));
}

function find(accounts: readonly AccountState[], id: string): AccountState {
  const account = accounts.find((one) => one.id === id);
  if (!account) throw new Error(`the account ${id} is gone`);
  return account;
}

function ledgerDifference(
  kind: 'sum' | 'balance' | 'booking',
  id: string,
  found: bigint | undefined,
  expected: bigint | undefined,
): Difference {
  return { kind, id, paymentHash: undefined, found, expected };
}
