import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { AppError, NodeError } from '../../errors.ts';
import { hexToBytes, type PaymentHash, paymentHashOf } from '../../hex.ts';
import { decodeBolt11 } from '../bolt11/decode.ts';
import type { PayEnding, PaymentFailure, PaymentOutcome, PayOptions } from '../node.ts';
import { type LndCalls, nonsense } from './calls.ts';
import { hashHexField, msatField, preimageHexField } from './fields.ts';
import { RPCS } from './rpcs.ts';
import { ENDED, isUnknownPayment, LndFailure, payEndingOf } from './status.ts';

/** Blocks that a payee may freeze our money, about a week; LND's own limit is two. */
const CLTV_LIMIT_BLOCKS = 1_008;
/**
 * After its last attempt a payment is listened to for so long: a payee that drops the parts of a
 * payment does so after 120 s. One that holds on is asked for later.
 */
const LINGER_MS = 75_000;

const FAILURES: Readonly<Record<string, PaymentFailure>> = {
  FAILURE_REASON_TIMEOUT: 'timeout',
  FAILURE_REASON_NO_ROUTE: 'no-route',
  FAILURE_REASON_INCORRECT_PAYMENT_DETAILS: 'refused-by-payee',
  FAILURE_REASON_INSUFFICIENT_BALANCE: 'no-balance',
};

const HASH = { payment_hash: hashHexField };
const UNDER_WAY = z.enum(['IN_FLIGHT', 'INITIATED']);

/** Only the status counts: a payment under way may have a reason, a failed one a preimage of zeros. */
const PAYMENT = z.discriminatedUnion('status', [
  z.object({ ...HASH, status: UNDER_WAY }),
  z.object({
    ...HASH,
    status: z.literal('FAILED'),
    failure_reason: z.union([z.string(), z.number()]),
  }),
  z.object({
    ...HASH,
    status: z.literal('SUCCEEDED'),
    payment_preimage: preimageHexField,
    fee_msat: msatField,
  }),
]);

const FAILED_HERE: PayEnding = { state: 'failed', reason: 'other', closed: true, existed: false };
const UNKNOWN: PayEnding = { state: 'unknown', closed: false, existed: false };

interface Parts {
  readonly calls: LndCalls;
  /** FC-16: whether a payment may go to our own node. */
  readonly paySelf: boolean;
  readonly clock: Clock;
}

/** Money going out over LND. A payment goes out once and is never repeated here. */
export class LndPayments {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Pays, and answers as soon as LND says how it ended, or when it has not said so for too long. */
  async pay(bolt11: string, options: PayOptions): Promise<PayEnding> {
    const paymentHash = hashOf(bolt11);
    if (paymentHash === undefined) return FAILED_HERE;
    const ended = new AbortController();
    const leave = new AbortController();
    const timer = this.#parts.clock
      .sleep(options.timeoutMs + LINGER_MS, ended.signal)
      .then(() => leave.abort());
    try {
      return await this.#follow(bolt11, paymentHash, options, leave.signal);
    } catch (error) {
      if (error instanceof LndFailure) return endingOfFailure(error);
      // An answer that makes no sense says nothing of the payment.
      if (error instanceof NodeError) return UNKNOWN;
      throw error;
    } finally {
      ended.abort();
      await timer;
    }
  }

  async #follow(
    bolt11: string,
    paymentHash: PaymentHash,
    { maxFee, timeoutMs }: PayOptions,
    signal: AbortSignal,
  ): Promise<PayEnding> {
    const asked = {
      payment_request: bolt11,
      // Without a limit LND takes zero; zero is meant when it is given.
      fee_limit_msat: maxFee.toString(),
      timeout_seconds: Math.max(1, Math.ceil(timeoutMs / 1000)),
      cltv_limit: CLTV_LIMIT_BLOCKS,
      allow_self_payment: this.#parts.paySelf,
      // The first update is the proof that LND has a record of the payment.
      no_inflight_updates: false,
      // A stop of ours must not disturb a payment.
      cancelable: false,
    };
    const { calls } = this.#parts;
    for await (const update of calls.stream(RPCS.sendPayment, asked, PAYMENT, signal)) {
      const outcome = outcomeOf(update, paymentHash);
      if (outcome.state !== 'unknown') return { ...outcome, closed: true, existed: false };
    }
    return UNKNOWN;
  }

  /** What LND's record says now; undefined when it has none. Throws LndFailure or NodeError. */
  async track(paymentHash: PaymentHash, signal?: AbortSignal): Promise<PaymentOutcome | undefined> {
    const asked = { payment_hash: hexToBytes(paymentHash), no_inflight_updates: false };
    try {
      const updates = this.#parts.calls.stream(RPCS.trackPayment, asked, PAYMENT, signal);
      // The first one is how it stands.
      for await (const update of updates) return outcomeOf(update, paymentHash);
    } catch (error) {
      if (error instanceof LndFailure && isUnknownPayment(error)) return undefined;
      throw error;
    }
    throw new LndFailure(...ENDED);
  }
}

function outcomeOf(update: z.infer<typeof PAYMENT>, paymentHash: PaymentHash): PaymentOutcome {
  if (update.payment_hash !== paymentHash) throw nonsense('a payment of another hash');
  switch (update.status) {
    case 'IN_FLIGHT':
    case 'INITIATED':
      return { state: 'unknown' };
    case 'FAILED':
      return { state: 'failed', reason: FAILURES[update.failure_reason] ?? 'other' };
    case 'SUCCEEDED': {
      const { payment_preimage: preimage, fee_msat: fee } = update;
      if (paymentHashOf(preimage) !== paymentHash)
        throw nonsense('the preimage of another payment');
      return { state: 'paid', preimage, fee };
    }
    default:
      return update satisfies never;
  }
}

function endingOfFailure(failure: LndFailure): PayEnding {
  const { closed, existed, reason } = payEndingOf(failure);
  const outcome = reason === undefined ? UNKNOWN : ({ state: 'failed', reason } as const);
  return { ...outcome, closed, existed };
}

/** Our own reading, against which LND's answers are held; what we cannot read is never sent. */
function hashOf(bolt11: string): PaymentHash | undefined {
  try {
    return decodeBolt11(bolt11, { verifySignature: false }).paymentHash;
  } catch (error) {
    if (error instanceof AppError && error.code === 'invoice-unacceptable') return undefined;
    throw error;
  }
}
