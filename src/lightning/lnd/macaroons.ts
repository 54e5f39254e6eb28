import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { CredentialProblem, type CredentialSource, Macaroon } from './credentials.ts';
import { FLOWS, type Flow, flowsOf, type Rpc } from './rpcs.ts';
import { LndFailure, NO_MACAROON } from './status.ts';
import { shortened } from './trouble.ts';

/** Where the macaroons stand: all may be the same one. A flow without its macaroon is off. */
export type MacaroonSources = Readonly<Record<Flow, CredentialSource | undefined>>;

/** What is wrong with a macaroon: it cannot be read, or LND does not accept it. */
export interface MacaroonTrouble {
  readonly flow: Flow;
  /** It is no good at all, or good and without the right to this call. */
  readonly kind: 'unreadable' | 'refused' | 'lacks-right';
  /** The call that it was used for. */
  readonly rpc: string;
  readonly words: string;
}

/** The macaroon that a call goes out with. */
export interface Carried {
  readonly flow: Flow;
  readonly hex: string;
}

/** LND knows the macaroon, and not for this call. */
const LACKS_RIGHT = /^permission denied/;

/** The macaroons of the three flows, and what LND does not accept of them (FC-21). */
export class LndMacaroons {
  readonly #macaroons: ReadonlyMap<Flow, Macaroon>;
  /** By flow and path: a macaroon may lack the right to one call and be good for the others. */
  readonly #troubles = new Map<string, MacaroonTrouble>();
  /** What was sent last, by flow. */
  readonly #sent = new Map<Flow, string>();
  readonly #log: Log;

  constructor(sources: MacaroonSources, clock: Clock, log: Log) {
    this.#log = log;
    const bySource = new Map<CredentialSource, Macaroon>();
    this.#macaroons = new Map(
      FLOWS.flatMap((flow) => {
        const source = sources[flow];
        if (!source) return [];
        const macaroon = bySource.get(source) ?? new Macaroon(source, clock);
        bySource.set(source, macaroon);
        return [[flow, macaroon] as const];
      }),
    );
  }

  /** Whether there is a macaroon for this flow at all. */
  has(flow: Flow): boolean {
    return this.#macaroons.has(flow);
  }

  /** One flow for each macaroon that there is: one for everything stands in for all of them. */
  get distinct(): readonly Flow[] {
    const all = [...this.#macaroons];
    return all.flatMap(([flow, macaroon], index) =>
      all.findIndex(([, other]) => other === macaroon) === index ? [flow] : [],
    );
  }

  /** What keeps a flow from working: a macaroon that is no good, or a call that none may make. */
  get hindrance(): MacaroonTrouble | undefined {
    return this.troubles.find(({ kind, rpc }) => kind !== 'lacks-right' || !this.#carries(rpc));
  }

  /** What LND does not accept at the moment, for its operator. */
  get troubles(): readonly MacaroonTrouble[] {
    return [...this.#troubles.values()];
  }

  /** The best macaroon for a call. Throws LndFailure when there is none. */
  async pick(rpc: Rpc): Promise<Carried> {
    const able = rpc.flows.filter((flow) => this.#macaroons.has(flow));
    // What more than one may carry does not stop because one of them is refused.
    const flow = able.find((one) => !this.#troubles.has(keyOf(one, rpc.path))) ?? able[0];
    const macaroon = flow && this.#macaroons.get(flow);
    if (!macaroon) throw new LndFailure(...NO_MACAROON);
    try {
      const hex = await macaroon.hex();
      this.#sending(flow, hex);
      return { flow, hex };
    } catch (error) {
      if (!(error instanceof CredentialProblem)) throw error;
      this.#trouble({ flow, rpc: rpc.path, kind: 'unreadable', words: error.message });
      throw new LndFailure(...NO_MACAROON);
    }
  }

  /** LND let a macaroon in: it is good, whatever it was taken for before. */
  accepted(flow: Flow, rpc: Rpc): void {
    if (this.#troubles.size === 0) return;
    this.#forget(flow, ({ kind, rpc: path }) => kind !== 'lacks-right' || path === rpc.path);
  }

  /** LND did not accept the macaroon of a call: its file may have been replaced in the meantime. */
  refused(flow: Flow, rpc: Rpc, text: string): void {
    this.#macaroons.get(flow)?.doubt();
    const kind = LACKS_RIGHT.test(text) ? 'lacks-right' : 'refused';
    if (kind === 'lacks-right') this.#forget(flow, (one) => one.kind !== 'lacks-right');
    const words = `LND refuses the ${flow} macaroon: ${shortened(text)}`;
    this.#trouble({ flow, rpc: rpc.path, kind, words });
  }

  /** Whether there is a macaroon for a call that nothing is known against. */
  #carries(path: string): boolean {
    return flowsOf(path).some((flow) => this.has(flow) && !this.#troubles.has(keyOf(flow, path)));
  }

  /** Another macaroon than before has to show itself what it is good for. */
  #sending(flow: Flow, hex: string): void {
    const before = this.#sent.get(flow);
    this.#sent.set(flow, hex);
    if (before !== undefined && before !== hex) this.#forget(flow, () => true);
  }

  #trouble(trouble: MacaroonTrouble): void {
    const { flow, rpc, words } = trouble;
    const key = keyOf(flow, rpc);
    if (this.#troubles.get(key)?.words === words) return;
    this.#troubles.set(key, trouble);
    this.#log.warn('a macaroon of LND cannot be used', { macaroon: flow, rpc, words });
  }

  /** Of one macaroon, also where it serves other flows. */
  #forget(flow: Flow, isOver: (trouble: MacaroonTrouble) => boolean): void {
    const macaroon = this.#macaroons.get(flow);
    for (const [key, trouble] of this.#troubles) {
      if (this.#macaroons.get(trouble.flow) !== macaroon || !isOver(trouble)) continue;
      this.#troubles.delete(key);
      const fields = { macaroon: trouble.flow, rpc: trouble.rpc };
      this.#log.info('a macaroon of LND is tried again', fields);
    }
  }
}

function keyOf(flow: Flow, path: string): string {
  return `${flow} ${path}`;
}
