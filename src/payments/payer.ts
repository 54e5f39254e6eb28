import type { Clock } from '../clock.ts';
import { NodeError } from '../errors.ts';
import { type NewEvent, newEvent } from '../events/event.ts';
import { type PaymentHash, paymentHashOf } from '../hex.ts';
import type { LightningNode, PayEnding, PaymentOutcome } from '../lightning/node.ts';
import type { Log } from '../log.ts';
import type { Random } from '../random.ts';
import type { Continuity } from './continuity.ts';
import { StuckPayments } from './stuck.ts';
import {
  EXPIRY_MARGIN_MS,
  type HeldReason,
  type StuckEvidence,
  type Withdrawal,
  withdrawalEventData,
} from './withdrawal.ts';
import { type WithdrawalEnd, withdrawalEndEvents } from './withdrawal-end.ts';

/** What sending needs of the store. Each method is one transaction and a compare-and-set. */
export interface PayerStore {
  /**
   * Claims whose end is not known, oldest first, after this id. Of those that are held only the stuck
   * ones: for the others the node's word is not believed any more.
   */
  unfinished(limit: number, after: string | undefined): Promise<Withdrawal[]>;
  find(id: string): Promise<Withdrawal | undefined>;
  /**
   * The fence: counts one more send, if nobody else did since `seen` was read. undefined: somebody
   * did, and this caller must not send.
   */
  beginSend(seen: Withdrawal, now: number): Promise<Withdrawal | undefined>;
  /**
   * The node itself ended a send, or nobody knows how it ended. `known`: it showed that it has a
   * record of the payment.
   */
  endSend(
    id: string,
    how: 'closed' | 'ambiguous',
    known: boolean,
    now: number,
  ): Promise<Withdrawal | undefined>;
  /** The node showed a record of the payment. */
  known(id: string, now: number): Promise<void>;
  /** reserved, sending or held → paid or failed. undefined: it had ended already. */
  finish(
    id: string,
    end: WithdrawalEnd,
    now: number,
    eventsOf: (withdrawal: Withdrawal, spent: boolean) => readonly NewEvent[],
  ): Promise<Withdrawal | undefined>;
  /** sending → held. `stuck` is what was seen, when that is the reason. */
  hold(
    id: string,
    reason: HeldReason,
    stuck: StuckEvidence | undefined,
    eventOf: (withdrawal: Withdrawal) => NewEvent,
  ): Promise<Withdrawal | undefined>;
}

interface Parts {
  readonly store: PayerStore;
  readonly node: Pick<LightningNode, 'contact' | 'pay' | 'trackPayment' | 'mayBeInFlight'>;
  readonly continuity: Pick<Continuity, 'check' | 'isFresh' | 'restartedSince'>;
  /** Whether money may leave at all; what has left is asked for all the same. */
  readonly mayLeave: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const PAY_TIMEOUT_MS = 60_000;
/** A send that is begun again needs time to arrive. */
const MIN_LEFT_MS = 5_000;
const MAX_SENDS = 10;

/** Moves claims on: sends what is reserved, and asks what became of what was sent. */
export class Payer {
  readonly #parts: Parts;
  readonly #stuckPayments: StuckPayments;
  /** Claims that a call of ours is working on: nobody else here may touch them. */
  readonly #busy = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#stuckPayments = new StuckPayments(parts);
  }

  /**
   * One step for one claim, by what is known of it now. Never throws for what the node does: what is
   * not known stays where it is and is asked for again.
   */
  async advance(id: string): Promise<void> {
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    try {
      const withdrawal = await this.#parts.store.find(id);
      if (withdrawal?.state === 'reserved') await this.#sendFirst(withdrawal);
      else if (withdrawal && isAskedFor(withdrawal)) await this.#reconcile(withdrawal, 'send');
    } finally {
      this.#busy.delete(id);
    }
  }

  /** Nothing was sent yet, so everything that is odd ends the claim without a loss. */
  async #sendFirst(withdrawal: Withdrawal): Promise<void> {
    const { clock } = this.#parts;
    if (clock.now() >= withdrawal.invoiceExpiresAt) {
      await this.#finish(withdrawal, { state: 'failed', reason: 'expired' });
      return;
    }
    if (!this.#parts.mayLeave() || (await this.#parts.continuity.check()) !== 'same') return;
    const track = await this.#track(withdrawal.paymentHash);
    if (track === 'unreachable') return;
    // Somebody else paid this invoice from our node: its payment must not be taken for ours.
    if (track) await this.#finish(withdrawal, { state: 'failed', reason: 'known-to-node' });
    else await this.#send(withdrawal);
  }

  /** Fence, then send, then classify (design.md 3.2, steps 3 to 5). */
  async #send(withdrawal: Withdrawal): Promise<void> {
    const { store, node, clock, continuity } = this.#parts;
    const fenced = await store.beginSend(withdrawal, clock.now());
    // Whoever answers after contact was lost must be looked at first; the claim is asked for again.
    if (!fenced || !continuity.isFresh) return;
    const ending = await node.pay(fenced.bolt11, {
      maxFee: fenced.feeCap,
      timeoutMs: PAY_TIMEOUT_MS,
    });
    const how = ending.closed ? 'closed' : 'ambiguous';
    const after = await store.endSend(fenced.id, how, ending.existed, clock.now());
    if (after) await this.#classify(after, ending);
  }

  /**
   * A send ended. Its own word is the last one only when nothing else of ours is under way: otherwise
   * the node is asked again, behind a fence.
   */
  async #classify(withdrawal: Withdrawal, ending: PayEnding): Promise<void> {
    const isLast = isClosed(withdrawal);
    if (ending.state === 'paid') await this.#paid(withdrawal, ending);
    else if (ending.state === 'failed' && isLast) {
      await this.#finish(withdrawal, { state: 'failed', reason: ending.reason });
    } else if (ending.existed && isLast && withdrawal.sendsStarted === 1) {
      // The only send there ever was has been refused, so the record is that of somebody else.
      await this.#finish(withdrawal, { state: 'failed', reason: 'known-to-node' });
    } else if (ending.closed) await this.#reconcile(withdrawal, 'ask');
  }

  /**
   * Asks what became of a payment (design.md 3.2, step 6; the fences of lnd.md 2.5), and sends what the
   * node has no record of, unless the caller has just sent.
   */
  async #reconcile(withdrawal: Withdrawal, ifNotFound: 'send' | 'ask'): Promise<void> {
    const node = await this.#parts.continuity.check();
    if (node === 'changed') await this.#hold(withdrawal, 'node-changed');
    if (node !== 'same') return;
    // The fence comes before the question: behind it no request of ours can change the answer any
    // more, while one that arrived since makes nothing of an answer of before.
    const fenced = this.#isFenced(withdrawal);
    const track = await this.#track(withdrawal.paymentHash);
    if (track === 'unreachable') return;
    if (track) await this.#recorded(withdrawal, track, fenced);
    else if (!(await this.#isOver(withdrawal, fenced)) && ifNotFound === 'send') {
      await this.#sendAgain(withdrawal);
    }
  }

  /** The node has a record of the payment. */
  async #recorded(withdrawal: Withdrawal, track: PaymentOutcome, fenced: boolean): Promise<void> {
    const { store, clock } = this.#parts;
    if (withdrawal.knownAt === undefined) await store.known(withdrawal.id, clock.now());
    switch (track.state) {
      case 'paid':
        await this.#paid(withdrawal, track);
        return;
      case 'failed':
        // A request of ours that is still under way could start a failed payment again.
        if (!fenced) return;
        await this.#finish(withdrawal, { state: 'failed', reason: track.reason });
        return;
      case 'unknown':
        await this.#holdIfStuck(withdrawal);
        return;
      default:
        track satisfies never;
    }
  }

  /** The node has no record. Ends the claim if that is a proof, or if it had one before. */
  async #isOver(withdrawal: Withdrawal, fenced: boolean): Promise<boolean> {
    if (withdrawal.knownAt !== undefined) {
      // Its history was lost, and its word with it.
      await this.#hold(withdrawal, 'history-lost');
      return true;
    }
    if (fenced) await this.#finish(withdrawal, { state: 'failed', reason: 'never-sent' });
    return fenced;
  }

  /** Whether no request of ours can still reach the node and move money. */
  #isFenced(withdrawal: Withdrawal): boolean {
    const { clock, continuity } = this.#parts;
    if (isClosed(withdrawal)) return true;
    const { ambiguousAt } = withdrawal;
    if (ambiguousAt !== undefined && continuity.restartedSince(ambiguousAt)) return true;
    return clock.now() > withdrawal.invoiceExpiresAt + EXPIRY_MARGIN_MS;
  }

  /** F5: the node refuses a second send of a hash that it has, so the same invoice may go again. */
  async #sendAgain(withdrawal: Withdrawal): Promise<void> {
    const left = withdrawal.invoiceExpiresAt - this.#parts.clock.now();
    const mayLeave = this.#parts.mayLeave() && left >= MIN_LEFT_MS;
    if (mayLeave && withdrawal.sendsStarted < MAX_SENDS) await this.#send(withdrawal);
  }

  /** In flight, as the node says; what will be so for ever is for a person (lnd.md 2.4). */
  async #holdIfStuck(withdrawal: Withdrawal): Promise<void> {
    if (withdrawal.state === 'held') return;
    const evidence = await this.#stuckPayments.evidence(withdrawal);
    if (!evidence) return;
    // No channel holds what has just ended either: only what is in flight before and after is stuck.
    const track = await this.#track(withdrawal.paymentHash);
    if (track === 'unreachable' || track?.state !== 'unknown') return;
    await this.#hold(withdrawal, 'stuck', evidence);
  }

  /** A node that says paid must show the preimage; without it nothing is believed. */
  async #paid(withdrawal: Withdrawal, outcome: PaymentOutcome & { state: 'paid' }): Promise<void> {
    if (paymentHashOf(outcome.preimage) === withdrawal.paymentHash) {
      await this.#finish(withdrawal, outcome);
      return;
    }
    this.#parts.log.error('the node says paid with a preimage that does not fit', {
      withdrawal: withdrawal.id,
    });
  }

  async #track(hash: PaymentHash): Promise<PaymentOutcome | undefined | 'unreachable'> {
    const { node, continuity } = this.#parts;
    try {
      const outcome = await node.trackPayment(hash);
      // An answer of whoever came after the node that was looked at proves nothing.
      return continuity.isFresh ? outcome : 'unreachable';
    } catch (error) {
      // Only what the node says counts; that it says nothing is no answer.
      if (error instanceof NodeError) return 'unreachable';
      throw error;
    }
  }

  async #finish(withdrawal: Withdrawal, end: WithdrawalEnd): Promise<void> {
    const { store, clock, random, log } = this.#parts;
    const now = clock.now();
    const done = await store.finish(withdrawal.id, end, now, (ended, spent) =>
      withdrawalEndEvents(ended, spent, now, random),
    );
    if (done)
      log.info('withdrawal ended', { withdrawal: done.id, state: done.state, reason: done.reason });
  }

  async #hold(withdrawal: Withdrawal, reason: HeldReason, stuck?: StuckEvidence): Promise<void> {
    const { store, clock, random, log } = this.#parts;
    const now = clock.now();
    const held = await store.hold(withdrawal.id, reason, stuck, (row) =>
      newEvent('withdrawal.held', withdrawalEventData(row), now, random),
    );
    if (held) log.warn('withdrawal held: a person must decide', { withdrawal: held.id, reason });
  }
}

/** Whether the node is asked what became of it. */
function isAskedFor({ state, reason }: Withdrawal): boolean {
  return state === 'sending' || (state === 'held' && reason === ('stuck' satisfies HeldReason));
}

/** F1: the node itself ended every send, so that nothing of ours is under way. */
function isClosed({ sendsStarted, sendsClosed }: Withdrawal): boolean {
  return sendsStarted === sendsClosed;
}
