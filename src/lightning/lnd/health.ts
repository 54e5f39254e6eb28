import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { NodeHealthKind } from '../node.ts';
import type { LndCalls } from './calls.ts';
import type { ContactState, LndContact } from './contact.ts';
import type { LndMacaroons, MacaroonTrouble } from './macaroons.ts';
import { type Flow, RPCS, type Rpc } from './rpcs.ts';
import { kindOf, LndFailure } from './status.ts';

/** How it stands with LND, for its operator: `/readyz`, `doctor`. */
export interface LndHealth {
  readonly state: ContactState;
  /** The one word for all of it. */
  readonly kind: NodeHealthKind;
  /** What is wrong and what to do about it; undefined when all is well. */
  readonly words: string | undefined;
  /** Macaroons that LND does not accept, also where another one does the work. */
  readonly macaroons: readonly MacaroonTrouble[];
}

interface Parts {
  readonly contact: Pick<LndContact, 'contact' | 'health'>;
  readonly macaroons: Pick<LndMacaroons, 'distinct' | 'hindrance' | 'troubles'>;
  readonly calls: Pick<LndCalls, 'probe' | 'answersAgain'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What LND said when it was asked last, in the life of it that this was. */
interface Found {
  readonly epoch: number;
  readonly kind: 'ok' | 'syncing' | 'unreachable';
}

type Told = Pick<LndHealth, 'kind' | 'words'>;

/** Whoever asks us hears of a change within about two seconds. */
const EVERY_MS = 1_500;
/** Whoever has not answered for so long is taken for away until it does. */
const LATE_MS = 2_500;

const SYNCED = z.object({ synced_to_chain: z.boolean() });

const WORDS = {
  ok: undefined,
  syncing: 'LND is not synced to its chain yet',
  unreachable: 'LND is connected and does not answer',
} as const satisfies Record<Found['kind'], string | undefined>;

/** Asks LND again and again how it does, with every macaroon that we have, so that nobody else must. */
export class LndHealthWatch implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #nap = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #found: Found | undefined;
  /** When the round began that is under way. */
  #askedAt: number | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop = this.#live();
  }

  /** Asks now: LND has just become active. */
  wake(): void {
    this.#nap.abort();
    this.#nap = new AbortController();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#nap.abort();
    await this.#loop;
  }

  /** As it is known now; nobody is asked. */
  get health(): LndHealth {
    const { contact, macaroons } = this.#parts;
    const { state, kind, words } = contact.health;
    const told = kind === 'ok' ? this.#connected() : { kind, words };
    return { state, ...told, macaroons: macaroons.troubles };
  }

  #connected(): Told {
    const { contact, macaroons, clock } = this.#parts;
    const trouble = macaroons.hindrance;
    if (trouble) return { kind: 'macaroon', words: trouble.words };
    const isLate = this.#askedAt !== undefined && clock.now() - this.#askedAt > LATE_MS;
    if (isLate) return told('unreachable');
    // What another life of LND said says nothing of this one.
    const found = this.#found?.epoch === contact.contact.epoch ? this.#found : undefined;
    return found ? told(found.kind) : { kind: 'starting', words: undefined };
  }

  async #live(): Promise<void> {
    const { contact, clock } = this.#parts;
    while (!this.#stop.signal.aborted) {
      if (contact.health.kind === 'ok') await this.#round(contact.contact.epoch);
      await clock.sleep(EVERY_MS, this.#nap.signal);
    }
  }

  async #round(epoch: number): Promise<void> {
    const { macaroons, calls, clock } = this.#parts;
    const askedAt = clock.now();
    this.#askedAt = askedAt;
    const answers = await Promise.all(macaroons.distinct.map((flow) => this.#ask(flow)));
    const wasSilent = clock.now() - askedAt > LATE_MS || this.#found?.kind === 'unreachable';
    this.#askedAt = undefined;
    const known = answers.filter((answer) => answer !== 'refused');
    // With every macaroon refused LND answers all the same; that is told apart.
    if (known.length === 0) return;
    const kind = known.find((answer) => answer !== 'unreachable') ?? 'unreachable';
    // Whoever is said to be well is asked again: wallets must not hear otherwise any longer.
    if (wasSilent && kind !== 'unreachable') calls.answersAgain();
    this.#tell(kind);
    this.#found = { epoch, kind };
  }

  async #ask(flow: Flow): Promise<Found['kind'] | 'refused'> {
    const rpc: Rpc = { ...RPCS.getInfo, flows: [flow] };
    try {
      const info = await this.#parts.calls.probe(rpc, {}, SYNCED, this.#stop.signal);
      return info.synced_to_chain ? 'ok' : 'syncing';
    } catch (error) {
      const isRefused = error instanceof LndFailure && kindOf(error) === 'macaroon';
      return isRefused ? 'refused' : 'unreachable';
    }
  }

  #tell(kind: Found['kind']): void {
    const before = this.#found?.kind ?? 'ok';
    if (before === kind || this.#stop.signal.aborted) return;
    const { log } = this.#parts;
    if (kind === 'ok') log.info('LND is well again', { before });
    else log.warn('LND is not ready', { kind, words: WORDS[kind] });
  }
}

function told(kind: Found['kind']): Told {
  return { kind, words: WORDS[kind] };
}
