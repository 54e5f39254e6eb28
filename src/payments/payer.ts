import type { Clock } from '../clock.ts';
import { NodeError } from '../errors.ts';
import { type NewEvent, newEvent } from '../events/event.ts';
import { type PaymentHash, paymentHashOf } from '../hex.ts';
import type { LightningNode, PaymentOutcome } from '../lightning/node.ts';
import type { Log } from '../log.ts';
import type { Random } from '../random.ts';
import type { Continuity } from './continuity.ts';
import { type HeldReason, type Withdrawal, withdrawalEventData } from './withdrawal.ts';
import { type WithdrawalEnd, withdrawalEndEvents } from './withdrawal-end.ts';

/** What sending needs of the store. Each method is one transaction and a compare-and-set. */
export interface PayerStore {
  /** Claims whose end is not known and that no person decides, oldest first, after this id. */
  unfinished(limit: number, after: string | undefined): Promise<Withdrawal[]>;
  find(id: string): Promise<Withdrawal | undefined>;
  /**
   * The fence: counts one more send, if nobody else did since `seen` was read. undefined: somebody
   * did, and this caller must not send.
   */
  beginSend(seen: Withdrawal, now: number): Promise<Withdrawal | undefined>;
  /** The node itself ended a send, or nobody knows how it ended. */
  endSend(id: string, how: 'closed' | 'ambiguous', now: number): Promise<Withdrawal | undefined>;
  /** The node showed a record of the payment. */
  known(id: string, now: number): Promise<void>;
  /** reserved, sending or held → paid or failed. undefined: it had ended already. */
  finish(
    id: string,
    end: WithdrawalEnd,
    now: number,
    eventsOf: (withdrawal: Withdrawal, spent: boolean) => readonly NewEvent[],
  ): Promise<Withdrawal | undefined>;
  /** sending → held. */
  hold(
    id: string,
    reason: HeldReason,
    eventOf: (withdrawal: Withdrawal) => NewEvent,
  ): Promise<Withdrawal | undefined>;
}

interface Parts {
  readonly store: PayerStore;
  readonly node: LightningNode;
  readonly continuity: Continuity;
  /** Whether money may leave at all; what has left is asked for all the same. */
  readonly mayLeave: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const PAY_TIMEOUT_MS = 60_000;
/** F3 of lnd.md 2.5: a request that is still under way this long after the expiry is refused. */
const EXPIRY_MARGIN_MS = 60_000;
/** A send that is begun again needs time to arrive. */
const MIN_LEFT_MS = 5_000;
const MAX_SENDS = 10;

/** Moves claims on: sends what is reserved, and asks what became of what was sent. */
export class Payer {
  readonly #parts: Parts;
  /** Claims that a call of ours is working on: nobody else here may touch them. */
  readonly #busy = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
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
      else if (withdrawal?.state === 'sending') await this.#reconcile(withdrawal);
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
    const { store, node, clock } = this.#parts;
    const fenced = await store.beginSend(withdrawal, clock.now());
    if (!fenced) return;
    const ending = await node.pay(fenced.bolt11, {
      maxFee: fenced.feeCap,
      timeoutMs: PAY_TIMEOUT_MS,
    });
    const after = await store.endSend(
      fenced.id,
      ending.closed ? 'closed' : 'ambiguous',
      clock.now(),
    );
    if (!after) return;
    if (ending.state !== 'unknown') await this.#conclude(after, ending);
    // The only send there ever was has been refused, so the record is that of somebody else.
    else if (ending.existed && after.sendsStarted === 1) {
      await this.#finish(after, { state: 'failed', reason: 'known-to-node' });
    } else if (ending.closed) await this.#reconcile(after);
  }

  /** Asks what became of a payment (design.md 3.2, step 6; the fences of lnd.md 2.5). */
  async #reconcile(withdrawal: Withdrawal): Promise<void> {
    const { store, clock, continuity } = this.#parts;
    const node = await continuity.check();
    if (node === 'changed') await this.#hold(withdrawal, 'node-changed');
    if (node !== 'same') return;
    const track = await this.#track(withdrawal.paymentHash);
    if (track === 'unreachable') return;
    if (track) {
      if (withdrawal.knownAt === undefined) await store.known(withdrawal.id, clock.now());
      await this.#conclude(withdrawal, track);
    } else if (withdrawal.knownAt !== undefined) {
      // The node had a record and has none now: its history was lost, and its word with it.
      await this.#hold(withdrawal, 'history-lost');
    } else if (this.#fenced(withdrawal)) {
      await this.#finish(withdrawal, { state: 'failed', reason: 'never-sent' });
    } else if (this.#maySendAgain(withdrawal)) {
      await this.#send(withdrawal);
    }
  }

  async #conclude(withdrawal: Withdrawal, outcome: PaymentOutcome): Promise<void> {
    switch (outcome.state) {
      case 'paid':
        if (this.#proves(withdrawal, outcome)) await this.#finish(withdrawal, outcome);
        return;
      case 'failed':
        // A request of ours that is still under way could start a failed payment again.
        if (this.#fenced(withdrawal)) {
          await this.#finish(withdrawal, { state: 'failed', reason: outcome.reason });
        }
        return;
      case 'unknown':
        return;
      default:
        outcome satisfies never;
    }
  }

  /** Whether no request of ours can still reach the node and move money. */
  #fenced(withdrawal: Withdrawal): boolean {
    const { clock, continuity } = this.#parts;
    if (withdrawal.sendsStarted === withdrawal.sendsClosed) return true;
    const { ambiguousAt } = withdrawal;
    if (ambiguousAt !== undefined && continuity.restartedSince(ambiguousAt)) return true;
    return clock.now() > withdrawal.invoiceExpiresAt + EXPIRY_MARGIN_MS;
  }

  /** F5: the node refuses a second send of a hash that it has, so the same invoice may go again. */
  #maySendAgain(withdrawal: Withdrawal): boolean {
    const left = withdrawal.invoiceExpiresAt - this.#parts.clock.now();
    return this.#parts.mayLeave() && left >= MIN_LEFT_MS && withdrawal.sendsStarted < MAX_SENDS;
  }

  /** A node that says paid must show the preimage; without it nothing is believed. */
  #proves(withdrawal: Withdrawal, outcome: PaymentOutcome & { state: 'paid' }): boolean {
    if (paymentHashOf(outcome.preimage) === withdrawal.paymentHash) return true;
    this.#parts.log.error('the node says paid with a preimage that does not fit', {
      withdrawal: withdrawal.id,
    });
    return false;
  }

  async #track(hash: PaymentHash): Promise<PaymentOutcome | undefined | 'unreachable'> {
    try {
      return await this.#parts.node.trackPayment(hash);
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

  async #hold(withdrawal: Withdrawal, reason: HeldReason): Promise<void> {
    const { store, clock, random, log } = this.#parts;
    const now = clock.now();
    const held = await store.hold(withdrawal.id, reason, (row) =>
      newEvent('withdrawal.held', withdrawalEventData(row), now, random),
    );
    if (held) log.warn('withdrawal held: a person must decide', { withdrawal: held.id, reason });
  }
}
