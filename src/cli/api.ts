import { base32, type Random } from '../random.ts';
import { refusalOf } from './problem.ts';
import { callServer, type ServerAnswer, type ServerCall } from './server-call.ts';
import { adminKey, serverOrigin } from './settings.ts';
import type { Surroundings } from './surroundings.ts';

const PREFIX = '/api/v1';
const IDEMPOTENCY_BYTES = 16;

/** Values of a query; one that is undefined is left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** The admin API of a server. Every call throws Refusal with what the server said against it. */
export class Api {
  readonly #call: (call: Omit<ServerCall, 'origin'>) => Promise<ServerAnswer>;
  readonly #random: Random;

  /** Reads where the server is and the key; throws Refusal or Misuse when there is none. */
  constructor(surroundings: Surroundings) {
    const { fetch, random } = surroundings;
    const origin = serverOrigin(surroundings);
    const key = adminKey(surroundings);
    this.#random = random;
    this.#call = async ({ path, headers, ...call }) => {
      const answer = await callServer(fetch, {
        ...call,
        origin,
        path: `${PREFIX}${path}`,
        headers: { ...headers, authorization: `Bearer ${key.reveal()}` },
      });
      if (answer.status >= 200 && answer.status < 300) return answer;
      throw refusalOf(answer, origin);
    };
  }

  async get(path: string, query: Query = {}): Promise<unknown> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
    const target = search.size > 0 ? `${path}?${search}` : path;
    return (await this.#call({ method: 'GET', path: target })).body;
  }

  /** A list as CSV, all of it. */
  async csv(path: string): Promise<string> {
    return (await this.#call({ method: 'GET', path, headers: { accept: 'text/csv' } })).text;
  }

  /** `patienceMs` is for work that may take longer than an answer usually does. */
  async post(path: string, body: object, patienceMs?: number): Promise<unknown> {
    const headers = { 'idempotency-key': base32(this.#random(IDEMPOTENCY_BYTES)) };
    return (await this.#call({ method: 'POST', path, body, headers, patienceMs })).body;
  }

  async patch(path: string, body: object): Promise<unknown> {
    return (await this.#call({ method: 'PATCH', path, body })).body;
  }

  async delete(path: string): Promise<unknown> {
    return (await this.#call({ method: 'DELETE', path })).body;
  }
}
