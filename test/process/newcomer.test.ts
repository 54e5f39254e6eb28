import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { K1 } from '../../src/hex.ts';
import { LoginWallet } from '../support/login-wallet.ts';
import { PROJECT, startServer } from '../support/server-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Client, pathOf } from './client.ts';

const TEST_LIMIT_MS = 120_000;
const LOGIN_ORIGIN = 'http://localhost:3000';
const FILES = ['admin-key', 'boltgate.db', 'demo-network.jsonl', 'secret'];

describe('the first start', () => {
  let folder: ReturnType<typeof tempFolder>;
  let dataDir: string;
  beforeEach(() => {
    folder = tempFolder();
    dataDir = join(folder.path, 'data');
  });
  afterEach(() => folder[Symbol.dispose]());

  it(
    'says where it is, that its money is not real, and where the key lies',
    async () => {
      await using npm = npmStart(dataDir);
      const lines = await npm.linesUntil(/DEMO NODE/);

      const port = Number(/:(\d+)$/.exec(lines[0] ?? '')?.[1]);
      expect(lines).toEqual([
        `Boltgate ${version()} listens on 127.0.0.1:${port}`,
        '  public address  http://localhost:3000',
        `  database        ${dataDir}/boltgate.db`,
        `  admin key       in ${dataDir}/admin-key`,
        '  DEMO NODE: this is a simulated network, no real money moves.',
      ]);
      await npm.stop();
      await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({
        code: 'ECONNREFUSED',
      });
    },
    TEST_LIMIT_MS,
  );

  it(
    'makes a directory and files that only their owner may read',
    async () => {
      await using _started = await startServer({ dataDir });

      expect(modeOf(dataDir)).toBe('700');
      expect(readdirSync(dataDir)).toEqual(expect.arrayContaining(FILES));
      expect(modesIn(dataDir)).toEqual(['600']);
    },
    TEST_LIMIT_MS,
  );

  it(
    'makes such files also in a directory that everybody may read',
    async () => {
      mkdirSync(dataDir, { mode: 0o755 });

      await using _started = await startServer({ dataDir });

      expect(readdirSync(dataDir)).toEqual(expect.arrayContaining(FILES));
      expect(modesIn(dataDir)).toEqual(['600']);
    },
    TEST_LIMIT_MS,
  );

  it.each([
    ['drawn', {}],
    ['given', { BOLTGATE_SECRET: '44'.repeat(32), BOLTGATE_ADMIN_KEY: `bg_${'k'.repeat(40)}` }],
  ])(
    'tells nobody a secret that was %s, nor one that it made',
    async (_, given) => {
      const env = { ...given, BOLTGATE_LOG_LEVEL: 'debug' };
      await using started = await startServer({ dataDir, env });
      const adminKey = env.BOLTGATE_ADMIN_KEY ?? started.server.adminKey;
      const secret = env.BOLTGATE_SECRET ?? readFileSync(join(dataDir, 'secret'), 'utf8').trim();

      const made = await useEverything(started.origin, adminKey);
      const { stdout, stderr } = await started.server.stop();

      const told = [secret, adminKey, ...made].filter((text) => (stdout + stderr).includes(text));
      expect(told).toEqual([]);
      expect(stdout).toContain('"msg":"invoice settled"');
      expect(stderr).toBe('');
    },
    TEST_LIMIT_MS,
  );
});

/** Walks every road once, also the wrong ones, and answers with all that must be told to nobody. */
async function useEverything(origin: string, adminKey: string): Promise<string[]> {
  using client = new Client(origin, adminKey);
  using stranger = new Client(origin, 'bg_a-key-that-somebody-has-guessed-wrongly');
  const order = { description: 'Coffee', minMsat: 1000, maxMsat: 9000, label: 'a' };
  const link = await made(client, '/api/v1/pay-links', order);
  const token = String(link.url).split('/').at(-1) ?? '';
  const given = await client.json<{ pr: string }>(`/lnurlp/${token}/callback/1?amount=5000`);
  const paid = await made(client, '/demo/wallet/pay', { bolt11: given.pr });
  const login = await made(client, '/api/v1/logins', {});
  const wallet = await new LoginWallet(9).answer(String(login.k1) as K1);
  const answer = `${pathOf(String(login.url))}&sig=${wallet.sig}&key=${wallet.key}`;
  await client.get(answer);
  await client.get(`${answer}00`);
  await client.get(`/lnurlp/${token}/callback/1?amount=1`);
  await client.get(`/lnurlp/${token}x`);
  const page = await client.post('/login/start', {}, { origin: LOGIN_ORIGIN });
  const cookie = page.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  await client.post('/login/session', {}, { origin: LOGIN_ORIGIN, cookie });
  const ticket = await made(client, '/api/v1/events/tickets', {});
  (await stranger.open(`/api/v1/events?ticket=${ticket.ticket}x`)).destroy();
  await stranger.get('/api/v1/pay-links');
  await stranger.get(`/api/v1/pay-links?key=${adminKey}`);
  await client.post('/api/v1/pay-links', { ...order, minMsat: 'one' });
  await client.json('/readyz');
  return [
    ...[token, String(paid.preimage), String(login.k1), wallet.sig, String(ticket.ticket)],
    ...[cookie.split('=').at(-1) ?? '', 'bg_a-key-that-somebody-has-guessed-wrongly'],
  ];
}

async function made(
  client: Client,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  const { status, text } = await client.post(path, body);
  expect([200, 201]).toContain(status);
  return JSON.parse(text);
}

/** `npm start`, as the README tells it. What it would build first was built before the tests. */
function npmStart(dataDir: string) {
  const npm = spawn('npm', ['start', '--ignore-scripts', '--silent'], {
    cwd: PROJECT,
    env: {
      PATH: process.env.PATH,
      HOME: dirname(dataDir),
      NPM_CONFIG_UPDATE_NOTIFIER: 'false',
      BOLTGATE_DATA_DIR: dataDir,
      BOLTGATE_LISTEN: '127.0.0.1:0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own, so that none of its processes can be left behind.
    detached: true,
  });
  const closed = once(npm, 'close');
  const lines = createInterface({ input: npm.stdout })[Symbol.asyncIterator]();
  const signal = (name: NodeJS.Signals): void => {
    if (npm.pid !== undefined && npm.exitCode === null) process.kill(-npm.pid, name);
  };
  return {
    linesUntil: async (last: RegExp) => {
      const heard: string[] = [];
      for await (const line of lines) {
        heard.push(line);
        if (last.test(line)) break;
      }
      return heard;
    },
    stop: async () => {
      signal('SIGTERM');
      await closed;
    },
    [Symbol.asyncDispose]: async () => {
      signal('SIGKILL');
      await closed;
    },
  };
}

/** Every mode that a file of the directory has, once. */
function modesIn(directory: string): string[] {
  return [...new Set(readdirSync(directory).map((name) => modeOf(join(directory, name))))];
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function version(): string {
  return JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')).version;
}
