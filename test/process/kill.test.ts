import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import type { Random } from '../../src/random.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { type Ending, ServerProcess } from '../support/server-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Auditor } from './audit.ts';
import { Books } from './books.ts';
import { Client } from './client.ts';
import { settledByNode } from './journal.ts';
import { below, burden, describeChange, payLink, send } from './load.ts';

const KILLS = 50;
const SOONEST_MS = 20;
const LATEST_MS = 400;
/** One start in five is itself killed, at a moment when it may still read what was left behind. */
const STARTS_PER_BROKEN_ONE = 5;
const BROKEN_START_MS = 150;
/** In between only what the last life can have touched is looked at. */
const LIVES_PER_FULL_AUDIT = 10;
const TEST_LIMIT_MS = 300_000;

const WARM = join(import.meta.dirname, 'warm.js');

it(
  `keeps every promise over ${KILLS} times SIGKILL under load`,
  async () => {
    const seed = process.env.TEST_SEED ?? String(Date.now());
    try {
      await killAgainAndAgain(seededRandom(seed));
    } catch (error) {
      throw new Error(`TEST_SEED=${seed} runs into this: ${told(error)}`, { cause: error });
    }
  },
  TEST_LIMIT_MS,
);

async function killAgainAndAgain(random: Random): Promise<void> {
  using folder = tempFolder();
  const dataDir = join(folder.path, 'data');
  const books = new Books();
  const auditor = new Auditor(books);
  await using lives = new Lives(dataDir);

  for (let kill = 1; kill <= KILLS; kill += 1) {
    if (kill % STARTS_PER_BROKEN_ONE === 0) await lives.breakOff(below(BROKEN_START_MS, random));
    const { client, server } = await lives.begin();
    const settled = settledByNode(dataDir);
    if (kill % LIVES_PER_FULL_AUDIT === 0) await auditor.auditAll(client, settled);
    else await auditor.audit(client, settled);
    if (kill === 1) await makeLinkToChange(client, books);
    // The first signature of a life is slow, so most lives have it behind them when the load begins.
    if (below(3, random) > 0) await payLink({ client, books, random });
    const burdened = burden({ client, books, random });
    await Promise.race([delay(SOONEST_MS + below(LATEST_MS - SOONEST_MS, random)), burdened]);
    const ending = await server.stop('SIGKILL');
    await burdened;
    expect(withoutOutput(ending)).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
  }

  const { client, server } = await lives.begin();
  const settled = settledByNode(dataDir);
  await auditor.auditAll(client, settled);
  await server.stop('SIGKILL');
  expect(settled.size).toBeGreaterThan(KILLS / 2);
  expect(checkDatabase(join(dataDir, 'boltgate.db'))).toEqual({
    integrity: [{ integrity_check: 'ok' }],
    foreignKeys: [],
  });
}

/** The link whose description counts its changes. */
async function makeLinkToChange(client: Client, books: Books): Promise<void> {
  const post = books.newPost({ description: describeChange(0) });
  await send(client, books, post);
  books.changes = {
    linkId: books.answered(post, post.answer ?? '').id,
    asked: 0,
    answered: 0,
  };
}

/** One server after the other on the same directory. The next one warms up while one still runs. */
class Lives implements AsyncDisposable {
  readonly #dataDir: string;
  readonly #processes: ServerProcess[] = [];
  #next: ServerProcess;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#next = this.#warmUp();
  }

  async begin(): Promise<{ server: ServerProcess; client: Client }> {
    const server = await this.#start();
    const origin = await server.listening();
    return { server, client: new Client(origin, server.adminKey) };
  }

  /** Begins a life that ends after a moment, wherever it has come by then. */
  async breakOff(afterMs: number): Promise<void> {
    const server = await this.#start();
    await delay(afterMs);
    await server.stop('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#processes) await server[Symbol.asyncDispose]();
  }

  async #start(): Promise<ServerProcess> {
    const server = this.#next;
    await server.says(/^warm$/m);
    server.go();
    this.#next = this.#warmUp();
    return server;
  }

  #warmUp(): ServerProcess {
    const server = new ServerProcess({ dataDir: this.#dataDir, preload: WARM });
    this.#processes.push(server);
    return server;
  }
}

function checkDatabase(path: string): object {
  const database = new Database(path);
  try {
    return {
      integrity: database.pragma('integrity_check'),
      foreignKeys: database.pragma('foreign_key_check'),
    };
  } finally {
    database.close();
  }
}

function withoutOutput({ code, signal, stderr }: Ending): object {
  return { code, signal, stderr };
}

function told(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
