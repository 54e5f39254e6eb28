import type { Response } from 'express';
import type { Logins } from '../../accounts/logins.ts';
import type { Sessions } from '../../accounts/sessions.ts';
import type { Clock } from '../../clock.ts';
import { RequestError } from '../../errors.ts';
import { notSignedIn } from './refuse-browser.ts';

export interface StreamParts {
  readonly logins: Logins;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Aborts when the server goes down, which must not wait for pages that are left open. */
  readonly closing: AbortSignal;
}

/**
 * How often a stream looks, and writes a line, without having been woken. Another replica's logins
 * are seen by that, and proxies cut what is silent for long (FC-27: 15 s).
 */
const LOOK_MS = 5_000;
const RETRY_MS = 2_000;
const STREAMS_MAX = 5_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
  // A connection that stayed open behind the end would hold up a server that goes down.
  connection: 'close',
} as const;

/** Tells browsers what became of their login, by server-sent events. */
export class LoginStreams {
  readonly #parts: StreamParts;
  readonly #open = new Set<AbortController>();

  constructor(parts: StreamParts) {
    this.#parts = parts;
    parts.closing.addEventListener('abort', () => {
      for (const stream of this.#open) stream.abort();
    });
  }

  /** Sends `verified` or `expired` to the browser that began the login, and ends with it. */
  async send(secret: string | undefined, res: Response): Promise<void> {
    const login = secret === undefined ? undefined : await this.#parts.sessions.begun(secret);
    if (secret === undefined || !login) throw notSignedIn('This browser waits for no login');
    if (this.#open.size >= STREAMS_MAX) {
      throw new RequestError('too-many-requests', 'Too many logins wait here, try again later');
    }
    const stream = new AbortController();
    this.#open.add(stream);
    res.once('close', () => stream.abort());
    if (this.#parts.closing.aborted || res.closed) stream.abort();
    res.writeHead(200, HEADERS).write(`retry: ${RETRY_MS}\n\n`);
    try {
      await this.#follow(login.id, secret, res, stream.signal);
    } catch {
      // The browser comes back by itself and is told by status then, while nothing is sent yet.
    } finally {
      this.#open.delete(stream);
      stream.abort();
      res.end();
    }
  }

  async #follow(id: string, secret: string, res: Response, end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      const pause = this.#pause(id, end); // Armed before the look, so that nothing falls between.
      const login = await this.#parts.sessions.begun(secret);
      if (login?.state !== 'pending') {
        // One that is not there any more was given up for another, or is a session already.
        return void res.write(`event: ${login?.state ?? 'expired'}\ndata: {}\n\n`);
      }
      res.write(': waiting\n\n');
      await pause;
    }
  }

  /** Until the login was verified here, or until it is time to look anyway. */
  async #pause(id: string, end: AbortSignal): Promise<void> {
    const { logins, clock } = this.#parts;
    const over = new AbortController();
    const stop = () => over.abort();
    end.addEventListener('abort', stop, { once: true });
    await Promise.race([logins.verified(id, over.signal), clock.sleep(LOOK_MS, over.signal)]);
    end.removeEventListener('abort', stop);
    stop();
  }
}
