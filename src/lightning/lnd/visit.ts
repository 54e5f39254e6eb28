import type { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { type ContactHealth, LndContact } from './contact.ts';
import type { CredentialSource } from './credentials.ts';
import { loadCodecs } from './proto.ts';
import { SUBSCRIBE_STATE } from './rpcs.ts';
import { LndFailure, NOT_ACTIVE } from './status.ts';

/** Where LND is and whom to trust there. */
export interface LndPlace {
  /** `host:port`; an IPv6 address stands in brackets. */
  readonly host: string;
  /** The name to expect in the certificate (FC-22); undefined is the host. */
  readonly tlsName: string | undefined;
  /** PEM; undefined trusts the roots of the system. */
  readonly cert: CredentialSource | undefined;
}

interface Parts {
  readonly place: LndPlace;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is asked of LND, and with which macaroon, in hex. */
export interface VisitCall {
  readonly path: string;
  readonly request: object;
  readonly macaroon: string;
  readonly deadlineMs: number;
}

const ARRIVAL_MS = 6_000;

/** A visit to LND: for whoever asks a few things, each once, and leaves. */
export class LndVisit implements AsyncDisposable {
  readonly #contact: LndContact;
  readonly #clock: Clock;
  readonly #codecs = loadCodecs();

  constructor({ place, clock, log }: Parts) {
    const subscribeState = this.#codecs.get(SUBSCRIBE_STATE);
    if (!subscribeState) throw new Error(`config/lnd has no ${SUBSCRIBE_STATE}`);
    const endpoint = endpointOf(place);
    const certificate = place.cert;
    this.#clock = clock;
    this.#contact = new LndContact({ endpoint, certificate, subscribeState, clock, log });
    this.#contact.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#contact[Symbol.asyncDispose]();
  }

  /** How it stands with LND, as soon as that is known. */
  async arrive(): Promise<ContactHealth> {
    const endsAt = this.#clock.now() + ARRIVAL_MS;
    while (this.#contact.health.state === 'connecting' && this.#clock.now() < endsAt) {
      await this.#contact.wire(undefined).catch(() => undefined);
    }
    return this.#contact.health;
  }

  /** Throws LndFailure; an answer that makes no sense is one too. */
  async ask<T>(call: VisitCall, schema: z.ZodType<T>): Promise<T> {
    const { path, request, macaroon, deadlineMs } = call;
    const codec = this.#codecs.get(path);
    if (!codec) throw new Error(`config/lnd has no ${path}`);
    const wire = await this.#contact.wire(undefined);
    const deadlineAt = this.#clock.now() + deadlineMs;
    const answer = await wire.unary(codec, request, { macaroon, deadlineAt });
    const read = schema.safeParse(answer);
    if (!read.success) throw new LndFailure(NOT_ACTIVE[0], 'the answer makes no sense');
    return read.data;
  }
}

/** What is dialled, and the name that the certificate must carry. */
export function endpointOf({ host, tlsName }: Omit<LndPlace, 'cert'>): {
  readonly host: string;
  readonly name: string;
} {
  return { host, name: tlsName ?? host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') };
}
