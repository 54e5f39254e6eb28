import type { Clock } from '../clock.ts';
import type { Changed } from '../events/changed.ts';
import type { EventLog } from '../events/tail.ts';
import type { Log } from '../log.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import { Courier, type Next } from './courier.ts';
import { isOpen } from './webhook.ts';
import type { WebhookStore } from './webhook-store.ts';

interface Parts {
  readonly store: WebhookStore;
  readonly eventLog: EventLog;
  readonly outgoing: Pick<Outgoing, 'ask'>;
  /** Notified at every commit that wrote events. */
  readonly changed: Changed;
  readonly clock: Clock;
  readonly log: Log;
}

const AFTER_A_FAULT_MS = 5_000;

/** Every webhook has a courier of its own, so that a receiver that sleeps holds up no other. */
export class Couriers implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  /** Aborted when an operator changed something: whoever waits looks again. */
  #news = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop = this.#employ();
  }

  /** To be called when webhooks were made, changed or moved. */
  wake(): void {
    const news = this.#news;
    this.#news = new AbortController();
    news.abort();
  }

  /** Does not wait for receivers: what they did not confirm is sent again at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#loop;
    await Promise.all(this.#running.values());
  }

  /** Sees to it that every open webhook has a courier. */
  async #employ(): Promise<void> {
    const { store, clock, log } = this.#parts;
    while (!this.#stop.signal.aborted) {
      const { signal } = this.#news;
      try {
        for (const webhook of await store.all()) {
          if (isOpen(webhook) && !this.#running.has(webhook.id)) this.#send(webhook.id);
        }
        await untilAborted(signal);
      } catch {
        log.warn('webhooks could not be listed and will be tried again');
        await clock.sleep(AFTER_A_FAULT_MS, signal);
      }
    }
  }

  #send(id: string): void {
    const courier = new Courier(id, this.#parts);
    const done = this.#work(id, courier).then(() => void this.#running.delete(id));
    this.#running.set(id, done);
  }

  async #work(id: string, courier: Courier): Promise<void> {
    const { changed, log } = this.#parts;
    while (!this.#stop.signal.aborted) {
      // Both are taken before the step looks, so that nothing falls between.
      const news = this.#news.signal;
      const before = changed.count;
      const next = await courier.step(this.#stop.signal).catch((): Next => {
        log.warn('a webhook could not be served and will be tried again', { webhook: id });
        return { at: this.#parts.clock.now() + AFTER_A_FAULT_MS };
      });
      if (next === 'end') {
        // Switched on again while it was leaving: then somebody has to come.
        if (news.aborted) continue;
        return;
      }
      if (next === 'wait' && changed.count === before) await this.#rest(undefined, news);
      else if (typeof next === 'object') await this.#rest(next.at, news);
    }
  }

  /** Until something happens: an event, a change, or a moment. */
  async #rest(at: number | undefined, news: AbortSignal): Promise<void> {
    const { changed, clock } = this.#parts;
    const signal = AbortSignal.any([news, this.#stop.signal]);
    if (at === undefined) await changed.next(signal);
    else await clock.sleep(Math.max(0, at - clock.now()), signal);
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
