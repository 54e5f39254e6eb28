import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  retry,
} from 'cockatiel';
import type { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { NodeError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { LndContact } from './contact.ts';
import { beginCall, type OnCall } from './ended-call.ts';
import type { LndMacaroons } from './macaroons.ts';
import type { Codec } from './proto.ts';
import type { Flow, Rpc } from './rpcs.ts';
import { kindOf, LndFailure, NOT_ACTIVE } from './status.ts';
import { shortened } from './trouble.ts';
import type { Wire, WireOptions } from './wire.ts';

interface Parts {
  readonly contact: Pick<LndContact, 'wire'>;
  readonly macaroons: LndMacaroons;
  readonly codecs: ReadonlyMap<string, Codec>;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of every call when it has ended. */
  readonly onCall?: OnCall | undefined;
}

/** A read that was cut off is made again so often, in the time that its caller gives it. */
const RETRIES = 2;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 1_000;
/** So many calls in a row without an answer, and the next ones are told so at once for a while. */
const SILENT_CALLS = 4;
const BREAK_MS = 5_000;
/** A caller that leaves earlier says nothing of the node. */
const IMPATIENT_MS = 1_500;

/** Nobody answered in time: neither LND nor the transport said anything. */
class Silence extends LndFailure {
  override readonly name = 'Silence';
}

/**
 * Every call to LND: with the macaroon of its flow, a deadline, and an answer whose fields are all
 * checked. Reads are made again when the connection breaks under them, and a node that is connected
 * but silent is left alone for a moment, so that wallets hear at once; a payment and the opening of a
 * channel go out once and through neither.
 */
export class LndCalls {
  readonly #parts: Parts;
  readonly #retry = retry(handleWhen(isBroken), {
    maxAttempts: RETRIES,
    backoff: new ExponentialBackoff({ initialDelay: RETRY_FIRST_MS, maxDelay: RETRY_MAX_MS }),
  });
  readonly #breaker = circuitBreaker(
    handleWhen((error) => error instanceof Silence),
    { halfOpenAfter: BREAK_MS, breaker: new ConsecutiveBreaker(SILENT_CALLS) },
  );

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** One request, one answer. Throws LndFailure, or NodeError when the answer makes no sense. */
  async unary<T>(
    rpc: Rpc,
    request: object,
    schema: z.ZodType<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const attempt = async (): Promise<unknown> => await this.#attempt(rpc, request, signal);
    const answer =
      rpc.again === 'safe' ? await this.#retry.execute(attempt, signal) : await attempt();
    return this.#checked(rpc, schema, answer);
  }

  /**
   * One request of somebody who only wants to know how LND does: once, and whatever became of other
   * calls. Throws like `unary`.
   */
  async probe<T>(
    rpc: Rpc,
    request: object,
    schema: z.ZodType<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const answer = await this.#carry(
      rpc,
      signal,
      async (wire, options) => await wire.unary(this.#codec(rpc), request, options),
    );
    return this.#checked(rpc, schema, answer);
  }

  /** LND was silent and has answered somebody: calls are made again at once. */
  answersAgain(): void {
    const isBroken = this.#breaker.state !== CircuitState.Closed;
    // What is held open by hand is closed when it is let go.
    if (isBroken) this.#breaker.isolate().dispose();
  }

  /** One request, many answers; what makes no sense is thrown as NodeError. */
  async *stream<T>(
    rpc: Rpc,
    request: object,
    schema: z.ZodType<T>,
    signal?: AbortSignal,
  ): AsyncGenerator<T> {
    const ended = beginCall(rpc, this.#parts.clock, this.#parts.onCall);
    try {
      yield* this.#answers(rpc, request, schema, signal);
    } catch (error) {
      ended(error);
      throw error;
    } finally {
      ended();
    }
  }

  async *#answers<T>(
    rpc: Rpc,
    request: object,
    schema: z.ZodType<T>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<T> {
    const { contact, macaroons } = this.#parts;
    const wire = await contact.wire(signal);
    const { flow, hex } = await macaroons.pick(rpc);
    const options = this.#optionsFor(rpc, hex, signal);
    try {
      for await (const answer of wire.stream(this.#codec(rpc), request, options)) {
        macaroons.accepted(flow, rpc);
        yield this.#checked(rpc, schema, answer);
      }
    } catch (error) {
      this.#note(flow, rpc, error);
      throw error;
    }
  }

  async #attempt(rpc: Rpc, request: object, signal: AbortSignal | undefined): Promise<unknown> {
    return await this.#carry(rpc, signal, async (wire, options) => {
      // One call tries whether LND answers again; nobody waits for what becomes of it.
      if (this.#breaker.state === CircuitState.HalfOpen) throw new LndFailure(...NOT_ACTIVE);
      return await this.#breaker.execute(async () => await this.#ask(wire, rpc, request, options));
    });
  }

  /** Finds what a call needs, and keeps in mind what LND thought of its macaroon. */
  async #carry(
    rpc: Rpc,
    signal: AbortSignal | undefined,
    ask: (wire: Wire, options: WireOptions) => Promise<unknown>,
  ): Promise<unknown> {
    const ended = beginCall(rpc, this.#parts.clock, this.#parts.onCall);
    try {
      const answer = await this.#carryOver(rpc, signal, ask);
      ended();
      return answer;
    } catch (error) {
      ended(error);
      throw error;
    }
  }

  async #carryOver(
    rpc: Rpc,
    signal: AbortSignal | undefined,
    ask: (wire: Wire, options: WireOptions) => Promise<unknown>,
  ): Promise<unknown> {
    const { contact, macaroons } = this.#parts;
    const wire = await contact.wire(signal);
    const { flow, hex } = await macaroons.pick(rpc);
    try {
      const answer = await ask(wire, this.#optionsFor(rpc, hex, signal));
      macaroons.accepted(flow, rpc);
      return answer;
    } catch (error) {
      if (isBrokenCircuitError(error)) throw new LndFailure(...NOT_ACTIVE);
      this.#note(flow, rpc, error);
      throw error;
    }
  }

  async #ask(wire: Wire, rpc: Rpc, request: object, options: WireOptions): Promise<unknown> {
    const { clock } = this.#parts;
    const askedAt = clock.now();
    try {
      return await wire.unary(this.#codec(rpc), request, options);
    } catch (error) {
      if (!(error instanceof LndFailure)) throw error;
      const kind = kindOf(error);
      const isLong = clock.now() - askedAt >= IMPATIENT_MS;
      const isSilent = kind === 'silent' || (kind === 'cut' && isLong);
      throw isSilent ? new Silence(error.code, error.text) : error;
    }
  }

  /** FC-21: a macaroon that LND does not accept is read again, and its operator is told which. */
  #note(flow: Flow, rpc: Rpc, error: unknown): void {
    const { macaroons, log } = this.#parts;
    if (!(error instanceof LndFailure)) return;
    const kind = kindOf(error);
    const { code, text } = error;
    log.debug('a call to LND failed', { rpc: rpc.path, kind, code, text: shortened(text) });
    if (kind === 'macaroon') macaroons.refused(flow, rpc, text);
    // Whoever is told no for what was asked has been let in.
    else if (kind === 'refused') macaroons.accepted(flow, rpc);
  }

  #optionsFor(rpc: Rpc, macaroon: string, signal: AbortSignal | undefined): WireOptions {
    // The deadline is an instant of the system's clock, whatever clock we were given.
    const now = this.#parts.clock.now();
    const deadlineAt = rpc.deadlineMs === undefined ? undefined : now + rpc.deadlineMs;
    return { macaroon, deadlineAt, signal };
  }

  #codec({ path }: Rpc): Codec {
    const codec = this.#parts.codecs.get(path);
    if (!codec) throw new Error(`config/lnd has no ${path}`);
    return codec;
  }

  /** An LND that answers nonsense is the operator's trouble; a wallet hears only that it failed. */
  #checked<T>(rpc: Rpc, schema: z.ZodType<T>, answer: unknown): T {
    const read = schema.safeParse(answer);
    if (read.success) return read.data;
    const fields = [...new Set(read.error.issues.map(({ path }) => path.join('.')))].join(' ');
    this.#parts.log.warn('LND gave an answer that makes no sense', { rpc: rpc.path, fields });
    throw nonsense(`${rpc.path}: ${fields}`);
  }
}

/** The answer of LND cannot be believed; `what` is for its operator. */
export function nonsense(what: string): NodeError {
  return new NodeError('node-unavailable', 'The Lightning node cannot be used, try again later', {
    cause: new Error(`an answer of LND makes no sense: ${what}`),
  });
}

/** The connection broke under a call, and a new one is being made. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof LndFailure) || kindOf(error) !== 'unreachable') return false;
  return error.text !== NOT_ACTIVE[1];
}
