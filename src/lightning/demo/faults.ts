import type { Clock } from '../../clock.ts';
import { NodeError } from '../../errors.ts';
import type { PaymentHash } from '../../hex.ts';
import type { ChannelRefusal, NodeContact, PaymentFailure } from '../node.ts';

/**
 * What becomes of a payment:
 * - `succeed`: it settles, and the payer hears so.
 * - `fail`: it fails for that reason.
 * - `hang`: it is held; the invoice stays open and the outcome unknown until it is released.
 * - `overpay`: it settles with so many per cent more than asked, as BOLT-4 allows.
 * - `unknown`: it settles, but the payer does not hear so.
 */
export type PaymentBehaviour =
  | { readonly kind: 'succeed' | 'hang' | 'unknown' }
  | { readonly kind: 'fail'; readonly reason: PaymentFailure }
  | { readonly kind: 'overpay'; readonly percent: bigint };

/**
 * What becomes of the opening of a channel:
 * - `open`: it is pending, and the opener hears so.
 * - `fail`: the node refuses for that reason.
 * - `hang`: the peer does not answer. The call waits, and the channel comes when it is released.
 * - `unknown`: it is pending, but the opener does not hear so.
 * - `cut`: the call is lost on its way, and nothing is opened.
 * - `empty`: the node stops meanwhile and says yes without a transaction; nothing is opened.
 */
export type ChannelBehaviour =
  | { readonly kind: 'open' | 'hang' | 'unknown' | 'cut' | 'empty' }
  | { readonly kind: 'fail'; readonly reason: ChannelRefusal };

const SUCCEED: PaymentBehaviour = { kind: 'succeed' };

/** What goes wrong in the simulated network, as a test or a demonstration asks for it. */
export class DemoFaults {
  readonly #clock: Clock;
  readonly #byHash = new Map<PaymentHash, PaymentBehaviour>();
  #next: PaymentBehaviour | undefined;
  #nextChannel: ChannelBehaviour | undefined;
  #uris: readonly string[] | undefined;
  #up = new AbortController();
  #slowMs = 0;
  #epoch = 1;
  #downAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Every payment of this hash goes so, until told otherwise. */
  payment(paymentHash: PaymentHash, behaviour: PaymentBehaviour): void {
    this.#byHash.set(paymentHash, behaviour);
  }

  /** The next payment goes so, unless its hash was given a behaviour of its own. */
  nextPayment(behaviour: PaymentBehaviour): void {
    this.#next = behaviour;
  }

  /** The next channel that is opened, and would be without us, goes so. */
  nextChannel(behaviour: ChannelBehaviour): void {
    this.#nextChannel = behaviour;
  }

  /** Our node announces these addresses from now on (FC-19). */
  announce(uris: readonly string[]): void {
    this.#uris = uris;
  }

  /** Our node stops answering: its calls fail and its streams break. */
  goDown(): void {
    this.#epoch += 1;
    this.#downAt = this.#clock.now();
    this.#up.abort();
  }

  comeBack(): void {
    if (this.#up.signal.aborted) this.#up = new AbortController();
  }

  /** Each call to our node takes so long from now on; 0 ends it. */
  slowDown(durationMs: number): void {
    this.#slowMs = durationMs;
  }

  /** A demo node that is down is surely down. */
  get contact(): NodeContact {
    return { epoch: this.#epoch, downAt: this.#downAt };
  }

  /** Aborts when our node goes down. */
  get up(): AbortSignal {
    return this.#up.signal;
  }

  /** What is to become of the payment that is being made. */
  take(paymentHash: PaymentHash): PaymentBehaviour {
    const own = this.#byHash.get(paymentHash);
    if (own) return own;
    const next = this.#next ?? SUCCEED;
    this.#next = undefined;
    return next;
  }

  /** What is to become of the channel that is being opened. */
  takeChannel(): ChannelBehaviour {
    const next = this.#nextChannel ?? { kind: 'open' };
    this.#nextChannel = undefined;
    return next;
  }

  /** What our node was told to announce; undefined leaves it to the node. */
  get uris(): readonly string[] | undefined {
    return this.#uris;
  }

  /** What every call to our node goes through first. Nothing to wait for is undefined. */
  enter(signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.#slowMs > 0) return this.#enterSlowly(signal);
    this.#check(signal);
    return undefined;
  }

  async #enterSlowly(signal: AbortSignal | undefined): Promise<void> {
    this.#check(signal);
    await this.#clock.sleep(this.#slowMs, signal);
    this.#check(signal);
  }

  #check(signal: AbortSignal | undefined): void {
    if (this.#up.signal.aborted) throw nodeIsDown();
    if (signal?.aborted) {
      throw new NodeError('node-timeout', 'The Lightning node did not answer in time, try again');
    }
  }
}

export function nodeIsDown(): NodeError {
  return new NodeError('node-unavailable', 'The Lightning node cannot be reached, try again later');
}
