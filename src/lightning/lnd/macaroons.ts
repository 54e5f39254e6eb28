import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { CredentialProblem, type CredentialSource, Macaroon } from './credentials.ts';
import { FLOWS, type Flow, type Rpc } from './rpcs.ts';
import { LndFailure, NO_MACAROON } from './status.ts';
import { shortened } from './trouble.ts';

/** Where the macaroons stand: all may be the same one. A flow without its macaroon is off. */
export type MacaroonSources = Readonly<Record<Flow, CredentialSource | undefined>>;

/** What is wrong with a macaroon: it cannot be read, or LND does not accept it. */
export interface MacaroonTrouble {
  readonly flow: Flow;
  /** The call that it was used for. */
  readonly rpc: string;
  readonly words: string;
}

/** The macaroon that a call goes out with. */
export interface Carried {
  readonly flow: Flow;
  readonly hex: string;
}

/** The macaroons of the three flows, and what LND does not accept of them (FC-21). */
export class LndMacaroons {
  readonly #macaroons: ReadonlyMap<Flow, Macaroon>;
  /** By flow and path: a macaroon may lack the right to one call and be good for the others. */
  readonly #troubles = new Map<string, MacaroonTrouble>();
  readonly #log: Log;

  constructor(sources: MacaroonSources, clock: Clock, log: Log) {
    this.#log = log;
    this.#macaroons = new Map(
      FLOWS.flatMap((flow) => {
        const source = sources[flow];
        return source ? [[flow, new Macaroon(source, clock)] as const] : [];
      }),
    );
  }

  /** Whether there is a macaroon for this flow at all. */
  has(flow: Flow): boolean {
    return this.#macaroons.has(flow);
  }

  /** What LND does not accept at the moment, for its operator. */
  get troubles(): readonly MacaroonTrouble[] {
    return [...this.#troubles.values()];
  }

  /** The best macaroon for a call. Throws LndFailure when there is none. */
  async pick(rpc: Rpc): Promise<Carried> {
    const able = rpc.flows.filter((flow) => this.#macaroons.has(flow));
    // What more than one may carry does not stop because one of them is refused.
    const flow = able.find((one) => !this.#troubles.has(keyOf(one, rpc))) ?? able[0];
    const macaroon = flow && this.#macaroons.get(flow);
    if (!macaroon) throw new LndFailure(...NO_MACAROON);
    try {
      return { flow, hex: await macaroon.hex() };
    } catch (error) {
      if (!(error instanceof CredentialProblem)) throw error;
      this.#trouble(flow, rpc, error.message);
      throw new LndFailure(...NO_MACAROON);
    }
  }

  accepted(flow: Flow, rpc: Rpc): void {
    if (!this.#troubles.delete(keyOf(flow, rpc))) return;
    this.#log.info('LND accepts a macaroon again', { macaroon: flow, rpc: rpc.path });
  }

  /** LND did not accept the macaroon of a call: its file may have been replaced in the meantime. */
  refused(flow: Flow, rpc: Rpc, text: string): void {
    this.#macaroons.get(flow)?.doubt();
    this.#trouble(flow, rpc, `LND refuses the ${flow} macaroon: ${shortened(text)}`);
  }

  #trouble(flow: Flow, rpc: Rpc, words: string): void {
    const key = keyOf(flow, rpc);
    if (this.#troubles.get(key)?.words === words) return;
    this.#troubles.set(key, { flow, rpc: rpc.path, words });
    this.#log.warn('a macaroon of LND cannot be used', { macaroon: flow, rpc: rpc.path, words });
  }
}

function keyOf(flow: Flow, rpc: Rpc): string {
  return `${flow} ${rpc.path}`;
}
