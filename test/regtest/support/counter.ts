import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeServer } from '../server.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** The parts of the server by name, each in a word. */
interface Readiness {
  readonly status: string;
  readonly store: string;
  readonly node: string;
}

/** Both sides of a server's counter: the wallets in front of it, and the operator behind it. */
export class Counter {
  readonly #server: Pick<NodeServer, 'origin' | 'dataDir'>;

  constructor(server: Pick<NodeServer, 'origin' | 'dataDir'>) {
    this.#server = server;
  }

  /** What a wallet hears that asks this URL. LUD-01: the status is 200 whatever it is told. */
  async wallet(url: string, query: Readonly<Record<string, string | number>> = {}) {
    const asked = new URL(url);
    for (const [name, value] of Object.entries(query)) asked.searchParams.set(name, `${value}`);
    const answer = await fetch(asked);
    if (answer.status !== 200) throw new Error(`${asked.pathname} answered ${answer.status}`);
    return await answer.json();
  }

  /** What the operator's API answers. Throws the problem when it refuses. */
  async operator(method: Method, path: string, body?: unknown) {
    const { origin, dataDir } = this.#server;
    const key = readFileSync(join(dataDir, 'admin-key'), 'utf8').trim();
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }

  /** What `/readyz` answers, with its status. */
  async readiness(): Promise<{ readonly status: number; readonly body: Readiness }> {
    const answer = await fetch(`${this.#server.origin}/readyz`);
    return { status: answer.status, body: await answer.json() };
  }

  /** Holds the whole ledger against the node, now. */
  async reconcile() {
    return (await this.operator('POST', '/reconcile')).report;
  }
}
