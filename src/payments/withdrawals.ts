import type { Clock } from '../clock.ts';
import { NodeError, RequestError } from '../errors.ts';
import { type NewEvent, newEvent } from '../events/event.ts';
import type { K1, PaymentHash } from '../hex.ts';
import type { DecodedInvoice, LightningNode } from '../lightning/node.ts';
import type { Msat } from '../msat.ts';
import { newId, type Random } from '../random.ts';
import { type FeeRule, feeCapFor } from './fee.ts';
import {
  type Withdrawal,
  type WithdrawalFailure,
  type WithdrawalState,
  withdrawalEventData,
} from './withdrawal.ts';

/** What claiming needs of the store. */
export interface ClaimStore {
  /**
   * Takes the use, the amount and the fee cap from every budget and keeps the row, all or nothing.
   * Throws RequestError in the words of the budget that has no room, or of the k1 or hash that is
   * taken.
   */
  reserve(withdrawal: Withdrawal, limits: ClaimLimits, event: NewEvent): Promise<void>;
  find(id: string): Promise<Withdrawal | undefined>;
  /** The newest claim with this k1. */
  findByK1(k1: K1): Promise<Withdrawal | undefined>;
  isOurInvoice(paymentHash: PaymentHash): Promise<boolean>;
  list(filter: WithdrawalFilter, limit: number, after: string | undefined): Promise<Withdrawal[]>;
}

export interface ClaimLimits {
  /** No more than this leaves in a day, fees included, over all links; undefined for no limit. */
  readonly serverDay: Msat | undefined;
}

export interface WithdrawalFilter {
  readonly state?: WithdrawalState | undefined;
  readonly withdrawLinkId?: string | undefined;
  /** Only those of links of this account. */
  readonly accountId?: string | undefined;
  readonly since?: number | undefined;
}

/** What a claim may take, as far as its link is concerned. */
export interface Claimable {
  readonly withdrawLinkId: string;
  readonly min: Msat;
  readonly max: Msat;
  readonly feeMax: Msat | undefined;
}

interface Parts {
  readonly store: ClaimStore;
  readonly node: LightningNode;
  readonly clock: Clock;
  readonly random: Random;
  readonly feeRule: FeeRule;
  readonly serverDay: Msat | undefined;
  /** Whether a wallet of our own node may claim (FC-16). */
  readonly paySelf: boolean;
  readonly ownKey: () => string | undefined;
  /** Why no money may leave at the moment; undefined when all is well. */
  readonly stopped: () => string | undefined;
  /** Called after a reservation is durable: somebody must send it. */
  readonly reservedNow: (id: string) => void;
}

/** FC-2: wallets make invoices that live a minute; less than this left is too little to pay in. */
const MIN_LEFT_MS = 20_000;

/** Money going out: checks a claim, takes it from the budgets, and leaves the sending to the payer. */
export class Withdrawals {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * LUD-03: takes a claim that is no repeat. Returns when it is durably reserved; nothing that is
   * refused here has taken anything.
   */
  async claim(link: Claimable, k1: K1, bolt11: string, signal: AbortSignal): Promise<Withdrawal> {
    const { store, node, clock, random, feeRule, serverDay } = this.#parts;
    this.assertGoing();
    // The node's own reading is believed, and nothing else: two decoders may differ over one invoice.
    const decoded = await node.decodeInvoice(bolt11, signal);
    const amount = this.#amountOf(decoded, link);
    await this.#assertPayable(decoded);
    const withdrawal: Withdrawal = {
      id: newId('wd', random),
      withdrawLinkId: link.withdrawLinkId,
      k1,
      paymentHash: decoded.paymentHash,
      bolt11,
      amount,
      feeCap: feeCapFor(amount, feeRule, link.feeMax),
      fee: undefined,
      invoiceExpiresAt: decoded.expiresAt,
      state: 'reserved',
      sendsStarted: 0,
      sendsClosed: 0,
      ambiguousAt: undefined,
      knownAt: undefined,
      reason: undefined,
      stuck: undefined,
      preimage: undefined,
      createdAt: clock.now(),
      closedAt: undefined,
    };
    const event = newEvent(
      'withdrawal.reserved',
      withdrawalEventData(withdrawal),
      withdrawal.createdAt,
      random,
    );
    // Whoever gave up has told the wallet that nothing was taken.
    if (signal.aborted) throw new NodeError('node-timeout', 'The Lightning node is too slow');
    try {
      await store.reserve(withdrawal, { serverDay }, event);
    } catch (error) {
      // Two calls with one k1 raced: the loser answers as a repeat does.
      const winner = await this.repeated(k1, bolt11);
      if (winner) return winner;
      throw error;
    }
    this.#parts.reservedNow(withdrawal.id);
    return withdrawal;
  }

  /** Throws why no money may leave at the moment: then nothing is to be offered either. */
  assertGoing(): void {
    const stopped = this.#parts.stopped();
    if (stopped !== undefined) throw new RequestError('link-spent', stopped);
  }

  async find(id: string): Promise<Withdrawal | undefined> {
    return await this.#parts.store.find(id);
  }

  async get(id: string): Promise<Withdrawal> {
    const withdrawal = await this.find(id);
    if (!withdrawal) throw new RequestError('not-found', 'There is no withdrawal with this id');
    return withdrawal;
  }

  async list(
    filter: WithdrawalFilter,
    limit: number,
    after: string | undefined,
  ): Promise<Withdrawal[]> {
    return await this.#parts.store.list(filter, limit, after);
  }

  /**
   * LUD03-9: the same k1 with the same invoice is the same claim. With another one it is refused,
   * unless the first is known to have failed.
   */
  async repeated(k1: K1, bolt11: string): Promise<Withdrawal | undefined> {
    const before = await this.#parts.store.findByK1(k1);
    if (!before) return undefined;
    const same = before.bolt11 === bolt11;
    switch (before.state) {
      case 'failed':
        if (same) throw new RequestError('invoice-unacceptable', failureText(before.reason));
        return undefined;
      case 'paid':
        if (same) return before;
        throw new RequestError('k1-used', 'This withdraw has already been used.');
      case 'reserved':
      case 'sending':
      case 'held':
        if (same) return before;
        throw new RequestError('k1-used', 'This withdraw is already being processed.');
      default:
        return before.state satisfies never;
    }
  }

  #amountOf({ amount }: DecodedInvoice, link: Claimable): Msat {
    if (amount === undefined || amount === 0n) throw unacceptable('amountless invoice not allowed');
    if (amount < link.min) throw unacceptable(`amount below minimum of ${link.min} msat`);
    if (amount > link.max) throw unacceptable(`amount above maximum of ${link.max} msat`);
    return amount;
  }

  async #assertPayable(decoded: DecodedInvoice): Promise<void> {
    const { store, clock, paySelf, ownKey } = this.#parts;
    if (decoded.expiresAt <= clock.now()) throw unacceptable('invoice expired');
    if (decoded.expiresAt - clock.now() < MIN_LEFT_MS) {
      throw unacceptable('invoice expires too soon, make a new one');
    }
    // Also in a configuration that pays its own node: what we issued ourselves is never paid by us.
    if (await store.isOurInvoice(decoded.paymentHash)) {
      throw unacceptable('this invoice was made by this server');
    }
    if (paySelf) return;
    const own = ownKey();
    // A node that has not said yet who it is might be the payee.
    if (own === undefined)
      throw new NodeError('node-unavailable', 'The Lightning node is not ready');
    if (decoded.payee === own) {
      throw unacceptable('this wallet is on the paying node, which cannot pay itself');
    }
  }
}

function unacceptable(message: string): RequestError {
  return new RequestError('invoice-unacceptable', message);
}

/** LUD03-15: in words that wallets know. */
export function failureText(reason: string | undefined): string {
  return FAILURE_TEXTS.get(reason ?? '') ?? 'the payment failed, try another invoice';
}

const FAILURE_TEXTS: ReadonlyMap<string, string> = new Map<WithdrawalFailure, string>([
  ['no-route', 'no route to this wallet was found, try another invoice'],
  ['fee-too-high', 'route fee too high, try another wallet'],
  ['expired', 'invoice expired, make a new one'],
  ['refused-by-payee', 'the wallet refused the payment, try another invoice'],
]);
