import type { Clock } from '../clock.ts';
import type { StoredEvent } from '../events/event.ts';
import { type EventLog, eventToJson } from '../events/tail.ts';
import type { Log } from '../log.ts';
import { type Outgoing, OutgoingFailure } from '../outgoing/outgoing.ts';
import { GIVE_UP_AFTER_MS, waitAfter } from './retries.ts';
import { signatureHeaders } from './signature.ts';
import { type Delivery, isOpen, type Webhook } from './webhook.ts';
import type { WebhookStore } from './webhook-store.ts';

interface Parts {
  readonly store: WebhookStore;
  readonly eventLog: EventLog;
  readonly outgoing: Pick<Outgoing, 'ask'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a courier does next: at once, when something happens, at a moment, or never again. */
export type Next = 'again' | 'wait' | 'end' | { readonly at: number };

const PAGE = 500;
const TOO_MANY = 429;
const GONE = 410;

/** Takes the events of one webhook to its receiver, one after the other, in the order of the log. */
export class Courier {
  readonly #parts: Parts;
  readonly #id: string;

  constructor(id: string, parts: Parts) {
    this.#id = id;
    this.#parts = parts;
  }

  /** One step: at most one delivery. Throws StoreError; what was not written down is done again. */
  async step(signal: AbortSignal): Promise<Next> {
    const webhook = await this.#parts.store.find(this.#id);
    if (!webhook || !isOpen(webhook)) return 'end';
    const nextAt = webhook.attempt?.nextAt ?? 0;
    if (nextAt > this.#parts.clock.now()) return { at: nextAt };
    const page = await this.#parts.eventLog.after(webhook.seq, PAGE);
    const event = page.find(({ type }) => webhook.types?.includes(type) ?? true);
    if (event) return await this.#deliver(webhook, event, signal);
    const last = page.at(-1);
    if (!last) return 'wait';
    await this.#parts.store.skip(this.#id, webhook.seq, last.seq);
    return 'again';
  }

  async #deliver(webhook: Webhook, event: StoredEvent, signal: AbortSignal): Promise<Next> {
    const { store, clock } = this.#parts;
    const secrets = await store.secrets(this.#id, clock.now());
    if (!secrets) return 'end';
    const since = webhook.attempt?.since ?? clock.now();
    const tries = (webhook.attempt?.tries ?? 0) + 1;
    const body = eventToJson(event);
    const headers = {
      'content-type': 'application/json',
      ...signatureHeaders({ id: event.id, body }, secrets, clock.now()),
    };
    const { status, error } = await this.#ask({ url: webhook.url, headers, body }, signal);
    if (signal.aborted) return 'end';
    const now = clock.now();
    const delivery: Delivery = {
      ...{ seq: Number(event.seq), eventId: event.id, type: event.type, tries, status, error },
      ...{ firstTryAt: since, lastTryAt: now },
      deliveredAt: error === undefined ? now : undefined,
    };
    if (error === undefined) {
      await store.delivered(this.#id, webhook.seq, delivery);
      return 'again';
    }
    return await this.#missed(webhook, delivery);
  }

  /** Standard Webhooks: any 2xx is a yes, and 410 says never again. */
  async #ask(
    asked: {
      readonly url: string;
      readonly headers: Record<string, string>;
      readonly body: string;
    },
    signal: AbortSignal,
  ): Promise<Pick<Delivery, 'status' | 'error'>> {
    try {
      const { status } = await this.#parts.outgoing.ask({ method: 'POST', ...asked }, signal);
      if (status >= 200 && status < 300) return { status, error: undefined };
      return { status, error: wordsOf(status) };
    } catch (error) {
      if (!(error instanceof OutgoingFailure)) throw error;
      return { status: undefined, error: error.message };
    }
  }

  async #missed(webhook: Webhook, delivery: Delivery): Promise<Next> {
    const { store, log } = this.#parts;
    const { tries, firstTryAt: since, lastTryAt: now, status, error } = delivery;
    const nextAt = now + waitAfter(tries);
    const isOver = status === GONE || nextAt - since > GIVE_UP_AFTER_MS;
    const pausedFor = isOver ? error : undefined;
    await store.missed(this.#id, webhook.seq, delivery, { since, tries, nextAt }, pausedFor);
    const fields = { webhook: this.#id, status, tries };
    if (!isOver) log.info('a webhook was not taken and will be sent again', fields);
    else log.warn('a webhook is paused: its receiver takes nothing', fields);
    return isOver ? 'end' : { at: nextAt };
  }
}

function wordsOf(status: number): string {
  if (status === GONE) return 'it answered 410: nothing is wanted there any more';
  if (status === TOO_MANY) return 'it answered 429: too much for it at the moment';
  if (status >= 300 && status < 400) return `it answered ${status}: redirects are not followed`;
  return `it answered ${status}`;
}
