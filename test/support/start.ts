import request from 'supertest';
import { readConfig } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import type { Log } from '../../src/log.ts';
import { openService } from '../../src/service.ts';
import { ManualClock } from './manual-clock.ts';
import { seededRandom } from './seeded-random.ts';

export const ADMIN_KEY = 'bg_test-key-that-is-long-enough-0001';
export const SERVER_SECRET = '11'.repeat(32);
export const PUBLIC_URL = 'https://pay.example.org';

export interface StartOptions {
  /** BOLTGATE_… variables beside the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** A database file to share between services; in memory when not given. */
  readonly databasePath?: string;
  readonly network?: DemoNetwork;
  readonly clock?: ManualClock;
  readonly log?: Log;
  readonly serverSecret?: string;
}

const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A whole service on a free port, on the demo network, with a clock that stands still. */
export async function start(options: StartOptions = {}) {
  const clock = options.clock ?? new ManualClock();
  const random = seededRandom('service');
  const network =
    options.network ?? new DemoNetwork({ seed: new Uint8Array(32).fill(5), clock, random });
  const { config } = readConfig(
    {
      BOLTGATE_PUBLIC_URL: PUBLIC_URL,
      BOLTGATE_LISTEN: '127.0.0.1:0',
      BOLTGATE_DATABASE_URL: `sqlite:${options.databasePath ?? ':memory:'}`,
      ...options.env,
    },
    () => '',
  );
  const service = await openService({
    ...{ config, clock, random, network },
    secrets: {
      serverSecret: new Secret(options.serverSecret ?? SERVER_SECRET),
      adminKey: new Secret(ADMIN_KEY),
      keep: async () => {},
    },
    version: '0.0.0-test',
    log: options.log ?? QUIET,
  });
  const origin = `http://127.0.0.1:${service.port}`;
  return {
    ...{ network, clock, service, origin },
    /** Asks as a wallet does. */
    wallet: request.agent(origin),
    /** Asks as the operator does. */
    operator: request.agent(origin).set('authorization', `Bearer ${ADMIN_KEY}`),
    /** The path of one of our public URLs, which stand under another origin than the test's. */
    local: (url: string) => `${new URL(url).pathname}${new URL(url).search}`,
    [Symbol.asyncDispose]: async () => await service[Symbol.asyncDispose](),
  };
}
