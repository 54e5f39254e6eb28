import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { NodeContact, NodeHealthKind } from '../node.ts';
import { CredentialProblem, type CredentialSource, readCertificate } from './credentials.ts';
import type { Codec } from './proto.ts';
import { kindOf, LndFailure, NOT_ACTIVE } from './status.ts';
import { connectTrouble } from './trouble.ts';
import { type Endpoint, Wire } from './wire.ts';

interface Parts {
  readonly endpoint: Endpoint;
  /** undefined trusts the roots of the system. */
  readonly certificate: CredentialSource | undefined;
  readonly subscribeState: Codec;
  readonly clock: Clock;
  readonly log: Log;
  /** Told whenever LND has become active. */
  readonly onActive?: () => void;
}

/**
 * connecting ──► starting ──► active       LND says SERVER_ACTIVE
 *     │ ▲            │           │
 *     ▼ └────────────┴───────────┘ lost
 * unreachable ──► starting | active        it stays so until LND answers again
 */
export type ContactState = 'connecting' | 'unreachable' | 'starting' | 'active';

/** What of a node's health shows in the connection alone. */
export type ContactKind = Exclude<NodeHealthKind, 'syncing' | 'macaroon'>;

/** How it stands with LND, for its operator. */
export interface ContactHealth {
  readonly state: ContactState;
  readonly kind: ContactKind;
  /** What is wrong and what to do about it; undefined when all is well. */
  readonly words: string | undefined;
}

const CONNECT_PATIENCE_MS = 5_000;
/** A call waits so long for a first connection; a wallet wants its answer within three seconds. */
const CALL_PATIENCE_MS = 2_000;
const RETRY_MIN_MS = 250;
/** Whoever waits for LND hears soon that it is back. */
const RETRY_MAX_MS = 2_000;

/**
 * What LND says of itself before its payments run. NON_EXISTING is left out, because an empty answer
 * reads like it, and so is WAITING_TO_START, which a stand-in says while the leader still runs.
 */
const STARTING: Readonly<Record<string, Trouble>> = {
  LOCKED: { kind: 'locked', words: 'the wallet of LND is locked; unlock it' },
  UNLOCKED: { kind: 'starting', words: 'LND is starting: its wallet is being opened' },
  RPC_ACTIVE: { kind: 'starting', words: 'LND is starting: it waits for its chain backend' },
};
const NOT_STARTED: Readonly<Record<string, Trouble>> = {
  NON_EXISTING: { kind: 'locked', words: 'LND has no wallet yet; create one' },
  WAITING_TO_START: { kind: 'starting', words: 'LND waits to become the leader of its cluster' },
};
const ODD: Trouble = { kind: 'starting', words: 'LND is in an unknown state' };

interface Trouble {
  readonly kind: ContactKind;
  readonly words: string;
}

const CONNECTING: ContactHealth = { state: 'connecting', kind: 'starting', words: undefined };

/**
 * Keeps one connection to LND and gives it out only while LND is active on it. Every connection is
 * made anew with the certificate of that moment, and is good for one life of LND: whoever is connected
 * after a loss may be another.
 */
export class LndContact implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #wire: Wire | undefined;
  #health = CONNECTING;
  /** Aborts when it is known whether there is contact. */
  #known = new AbortController();
  #epoch = 1;
  #downAt: number | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop = this.#live();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#lose();
    await this.#loop;
  }

  get contact(): NodeContact {
    return { epoch: this.#epoch, downAt: this.#downAt };
  }

  get health(): ContactHealth {
    return this.#health;
  }

  /**
   * The connection to an active LND. Waits a moment while it is being made, and not at all when LND
   * is known to be away. Throws LndFailure.
   */
  async wire(signal: AbortSignal | undefined): Promise<Wire> {
    if (!this.#wire && this.#health.state === 'connecting') {
      const over = [this.#known.signal, this.#stop.signal];
      const enough = AbortSignal.any(signal ? [...over, signal] : over);
      await this.#parts.clock.sleep(CALL_PATIENCE_MS, enough);
    }
    if (this.#wire) return this.#wire;
    throw new LndFailure(...NOT_ACTIVE);
  }

  async #live(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stop;
    let waitMs = RETRY_MIN_MS;
    while (!signal.aborted) {
      const wasActive = await this.#oneLife();
      waitMs = wasActive ? RETRY_MIN_MS : Math.min(waitMs * 2, RETRY_MAX_MS);
      await clock.sleep(waitMs, signal);
    }
  }

  /** From connecting until the connection is lost; answers whether LND was active meanwhile. */
  async #oneLife(): Promise<boolean> {
    const { endpoint, certificate } = this.#parts;
    try {
      const roots = certificate && (await readCertificate(certificate));
      using wire = new Wire(endpoint, roots);
      await this.#untilActive(wire);
      await this.#untilLost(wire);
      return true;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failed(error);
      return false;
    }
  }

  /** LND takes no notice of payments in its first seconds, so nothing is sent before (lnd.md 2.4). */
  async #untilActive(wire: Wire): Promise<void> {
    const { clock, subscribeState } = this.#parts;
    const answered = new AbortController();
    const late = new AbortController();
    const timer = clock.sleep(CONNECT_PATIENCE_MS, answered.signal).then(() => {
      if (!answered.signal.aborted) late.abort();
    });
    const signal = AbortSignal.any([this.#stop.signal, late.signal]);
    try {
      for await (const answer of wire.stream(subscribeState, {}, { signal })) {
        answered.abort();
        if (this.#hear(answer) === 'active') return;
      }
      throw new LndFailure(...NOT_ACTIVE);
    } finally {
      answered.abort();
      await timer;
    }
  }

  #hear(answer: unknown): 'active' | 'not-yet' {
    const hasState = typeof answer === 'object' && answer !== null && 'state' in answer;
    const state = hasState ? String(answer.state) : '';
    if (state === 'SERVER_ACTIVE') return 'active';
    const starting = STARTING[state];
    // F2 of lnd.md 2.5: the process that says so has never taken a payment, and it has the place of
    // all before it.
    if (starting !== undefined) this.#downAt = this.#parts.clock.now();
    this.#become({ state: 'starting', ...(starting ?? NOT_STARTED[state] ?? ODD) });
    return 'not-yet';
  }

  async #untilLost(wire: Wire): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wire = wire;
      this.#epoch += 1;
      this.#become({ state: 'active', kind: 'ok', words: undefined });
      this.#parts.onActive?.();
      // At once, not at the next turn: nothing may be asked of a connection that is made anew.
      wire.onLost(() => {
        this.#lose();
        resolve();
      });
      if (this.#stop.signal.aborted) resolve();
      else this.#stop.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #lose(): void {
    const wire = this.#wire;
    if (!wire) return;
    this.#wire = undefined;
    this.#epoch += 1;
    this.#known = new AbortController();
    this.#become(CONNECTING);
    wire[Symbol.dispose]();
  }

  #failed(error: unknown): void {
    const { endpoint } = this.#parts;
    const state = 'unreachable';
    if (error instanceof CredentialProblem) {
      this.#become({ state, kind: 'certificate', words: error.message });
    } else if (error instanceof LndFailure && kindOf(error) === 'cut') {
      this.#become({ state, kind: 'unreachable', words: `${endpoint.host} does not answer` });
    } else if (error instanceof LndFailure) {
      this.#become({ state, ...connectTrouble(error.text, endpoint) });
    } else throw error;
  }

  #become(health: ContactHealth): void {
    const before = this.#health;
    const { state, words } = health;
    this.#health = health;
    if (state !== 'connecting') this.#known.abort();
    if (before.state === state && before.words === words) return;
    const { log, endpoint } = this.#parts;
    const fields = { host: endpoint.host, state, words };
    if (state === 'active') log.info('connected to LND', fields);
    else if (state !== 'connecting') log.warn('LND cannot be used', fields);
    else log.warn('the connection to LND is lost', fields);
  }
}
