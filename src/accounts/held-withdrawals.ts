import type { Clock } from '../clock.ts';
import { NodeError, RequestError } from '../errors.ts';
import type { NewEvent } from '../events/event.ts';
import { type PaymentHash, type Preimage, paymentHashOf } from '../hex.ts';
import type { LightningNode, PaymentOutcome } from '../lightning/node.ts';
import type { Log } from '../log.ts';
import { type Msat, msat, msatToJson } from '../msat.ts';
import type { Withdrawal } from '../payments/withdrawal.ts';
import { type WithdrawalEnd, withdrawalEndEvents } from '../payments/withdrawal-end.ts';
import type { Random } from '../random.ts';
import type { AuditEntry } from './audit.ts';
import type { Receipt } from './receipt.ts';

/** A decision on its way into the store. */
export interface Resolution {
  readonly id: string;
  readonly end: WithdrawalEnd;
  readonly now: number;
  readonly audit: AuditEntry;
  readonly eventsOf: (withdrawal: Withdrawal, spent: boolean) => readonly NewEvent[];
  readonly receiptOf: ((withdrawal: Withdrawal) => Receipt) | undefined;
}

/** What deciding needs of the store. */
export interface HeldWithdrawalStore {
  /**
   * held → paid or failed, with the ledger, the budgets and the line of who said so, in one
   * transaction. undefined: it is not held.
   */
  resolve(resolution: Resolution): Promise<Withdrawal | undefined>;
  find(id: string): Promise<Withdrawal | undefined>;
}

/** What a person found out about a claim that is held. */
export type WithdrawalDecision = {
  readonly note: string | undefined;
} & (
  | {
      readonly outcome: 'paid';
      readonly preimage: Preimage | undefined;
      /** undefined: what the node says that it cost. */
      readonly fee: Msat | undefined;
    }
  | { readonly outcome: 'failed' }
);

/** What the node says of a payment at this moment. `unknown` is under way, `none` is no record. */
export type NodeWord = PaymentOutcome | { readonly state: 'none' | 'unreachable' };

interface Parts {
  readonly store: HeldWithdrawalStore;
  readonly node: Pick<LightningNode, 'trackPayment'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const PATIENCE_MS = 5_000;

/** Claims that a person decides, because the node's word alone proves nothing any more. */
export class HeldWithdrawals {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Asks the node, and never longer than a few seconds. */
  async nodeWord(paymentHash: PaymentHash): Promise<NodeWord> {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      return (await this.#parts.node.trackPayment(paymentHash, signal)) ?? { state: 'none' };
    } catch (error) {
      if (error instanceof NodeError) return { state: 'unreachable' };
      throw error;
    }
  }

  /**
   * Ends a held claim as a person says. What can be proved is not up for decision: a preimage has to
   * fit, and a claim that the node can prove to be paid is paid. `receiptOf` writes the answer into
   * the same transaction (FC-31).
   */
  async resolve(
    id: string,
    decision: WithdrawalDecision,
    actor: string,
    receiptOf?: (withdrawal: Withdrawal) => Receipt,
  ): Promise<Withdrawal> {
    const { store, clock, random, log } = this.#parts;
    const held = await this.#getHeld(id);
    const end = endOf(decision, held, await this.nodeWord(held.paymentHash));
    const now = clock.now();
    const done = await store.resolve({
      ...{ id, end, now, receiptOf },
      audit: {
        ...{ actor, action: 'withdrawal.resolved', subject: id, createdAt: now },
        detail: detailOf(decision, end, held),
      },
      eventsOf: (ended, spent) => withdrawalEndEvents(ended, spent, now, random),
    });
    if (!done) {
      await this.#getHeld(id);
      throw new Error('a held claim could not be ended');
    }
    log.info('held withdrawal resolved', { withdrawal: id, state: done.state });
    return done;
  }

  async #getHeld(id: string): Promise<Withdrawal> {
    const withdrawal = await this.#parts.store.find(id);
    if (!withdrawal) throw new RequestError('not-found', 'There is no withdrawal with this id');
    if (withdrawal.state === 'held') return withdrawal;
    throw new RequestError(
      'already-decided',
      `Only a held withdrawal is decided by hand; it is ${withdrawal.state}`,
    );
  }
}

function endOf(decision: WithdrawalDecision, held: Withdrawal, word: NodeWord): WithdrawalEnd {
  const proved =
    word.state === 'paid' && paymentHashOf(word.preimage) === held.paymentHash ? word : undefined;
  if (decision.outcome === 'failed') {
    if (proved) throw invalid('/outcome', 'must be paid: the node has the preimage');
    return { state: 'failed', reason: 'operator' };
  }
  const { preimage, fee } = decision;
  if (preimage !== undefined && paymentHashOf(preimage) !== held.paymentHash) {
    throw invalid('/preimage', 'does not fit the payment hash');
  }
  if (proved) {
    if (fee !== undefined && fee !== proved.fee) {
      throw invalid('/feeMsat', `must be ${proved.fee}: the node says so`);
    }
    return { state: 'paid', fee: proved.fee, preimage: proved.preimage };
  }
  // A node without a record will never say what it cost; any other may, and must not contradict us.
  if (fee === undefined && word.state !== 'none') {
    throw invalid('/feeMsat', 'is missing: the node does not say what the payment cost');
  }
  return { state: 'paid', fee: fee ?? msat(0n), preimage };
}

/** What is remembered of a decision: never the preimage. */
function detailOf(
  { note }: WithdrawalDecision,
  end: WithdrawalEnd,
  held: Withdrawal,
): AuditEntry['detail'] {
  return {
    outcome: end.state,
    ...(held.reason !== undefined && { heldFor: held.reason }),
    ...(end.state === 'paid' && {
      feeMsat: msatToJson(end.fee),
      proved: end.preimage !== undefined,
    }),
    ...(note !== undefined && { note }),
  };
}

function invalid(pointer: string, detail: string): RequestError {
  const fields = [{ pointer, detail }];
  return new RequestError('invalid-request', `${pointer.slice(1)} ${detail}`, { fields });
}
