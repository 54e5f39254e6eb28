import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { K1 } from '../../src/hex.ts';
import { LoginWallet } from '../support/login-wallet.ts';
import { type Ending, runServer, startServer } from '../support/server-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Client, pathOf } from './client.ts';

const EXIT_CONFIG = 78;
const TEST_LIMIT_MS = 120_000;
/** Somebody without rights: `nobody`. */
const NOBODY = 65_534;
const ROOT = process.getuid?.() === 0;

describe('a start that is refused', () => {
  let shelf: ReturnType<typeof tempFolder>;
  let folder: ReturnType<typeof tempFolder>;
  let dataDir: string;
  beforeAll(async () => {
    shelf = tempFolder();
    await live(join(shelf.path, 'data'));
  }, TEST_LIMIT_MS);
  afterAll(() => shelf[Symbol.dispose]());
  beforeEach(() => {
    folder = tempFolder();
    dataDir = join(folder.path, 'data');
  });
  afterEach(() => folder[Symbol.dispose]());

  it(
    'tells all mistakes of the configuration at once',
    async () => {
      const ending = await runServer({
        dataDir,
        env: {
          BOLTGATE_PUBLIC_URL: 'http://pay.example.org/shop',
          BOLTGATE_LISTEN: 'everywhere',
          BOLTGATE_SECRET: 'too short',
          BOLTGATE_LOG_LEVEL: 'loud',
          BOLTGATE_TRUST_PROXI: '1',
        },
      });

      expect(ending).toEqual({ ...refused(''), stderr: expect.any(String) });
      const [first, ...mistakes] = ending.stderr.trimEnd().split('\n');
      expect(first).toBe('boltgate cannot start: The configuration is not usable:');
      expect(mistakes.map((line) => /^ {2}(\w+): ./.exec(line)?.[1])).toEqual([
        'BOLTGATE_PUBLIC_URL',
        'BOLTGATE_LISTEN',
        'BOLTGATE_LOG_LEVEL',
        'BOLTGATE_SECRET',
        'BOLTGATE_TRUST_PROXI',
      ]);
      expect(ending.stderr).not.toContain('too short');
      expect(readdirSync(folder.path)).toEqual([]);
    },
    TEST_LIMIT_MS,
  );

  it(
    'leaves a data directory to the process that uses it',
    async () => {
      await using first = await startServer({ dataDir });

      const ending = await runServer({ dataDir });

      const file = join(dataDir, 'boltgate.db');
      expect(ending).toEqual(
        refused(
          `another Boltgate process is using ${file}; stop it first, or give this one its own BOLTGATE_DATA_DIR`,
        ),
      );
      using client = new Client(first.origin);
      expect((await client.get('/readyz')).status).toBe(200);
    },
    TEST_LIMIT_MS,
  );

  it(
    'names the address that another program has',
    async () => {
      const port = await takePort();
      await using _taken = port;

      const ending = await runServer({
        dataDir,
        env: { BOLTGATE_LISTEN: `127.0.0.1:${port.number}` },
      });

      expect(ending).toEqual(
        refused(
          `The configuration is not usable:\n  BOLTGATE_LISTEN: 127.0.0.1:${port.number} is taken by another program (EADDRINUSE)`,
        ),
      );
    },
    TEST_LIMIT_MS,
  );

  it(
    'names an address that this machine does not have',
    async () => {
      const ending = await runServer({ dataDir, env: { BOLTGATE_LISTEN: '192.0.2.1:3000' } });

      expect(ending).toEqual(
        refused(
          'The configuration is not usable:\n  BOLTGATE_LISTEN: 192.0.2.1:3000 cannot be listened on (EADDRNOTAVAIL)',
        ),
      );
    },
    TEST_LIMIT_MS,
  );

  it(
    'says where the journal of the demo node is damaged',
    async () => {
      liveOnce();
      writeFileSync(join(dataDir, 'demo-network.jsonl'), '{"type":"invoi\n');

      expect(await runServer({ dataDir })).toEqual(
        refused("The demo node's journal is damaged at line 1"),
      );
    },
    TEST_LIMIT_MS,
  );

  it(
    'says that the database is none',
    async () => {
      mkdirSync(dataDir);
      writeFileSync(join(dataDir, 'boltgate.db'), 'shopping list: bread, butter'.repeat(100));

      expect(await runServer({ dataDir })).toEqual(refused('The store is not a database'));
    },
    TEST_LIMIT_MS,
  );

  // FC-24: a fresh bind mount belongs to somebody else.
  it(
    'gives the line that makes a data directory writable',
    async () => {
      mkdirSync(dataDir);
      chmodSync(dataDir, ROOT ? 0o755 : 0o555);
      if (ROOT) chownSync(dataDir, NOBODY, NOBODY);
      const uid = process.getuid?.();

      const ending = await runServer({ dataDir, humble: ROOT });

      expect(ending).toEqual(
        refused(
          `The configuration is not usable:\n  BOLTGATE_DATA_DIR: ${dataDir} cannot be written (EACCES); it must be a directory that uid ${uid} may write: chown -R ${uid} '${dataDir}'`,
        ),
      );
      if (ROOT) {
        spawnSync('sh', ['-c', ending.stderr.split(': ').at(-1) ?? 'false']);
        await using _mended = await startServer({ dataDir, humble: true });
      }
    },
    TEST_LIMIT_MS,
  );

  // FC-24: somebody ran it as root once.
  it.each(['secret', 'boltgate.db', 'demo-network.jsonl'])(
    'says so when %s belongs to somebody else',
    async (name) => {
      liveOnce();
      if (ROOT) chownSync(join(dataDir, name), NOBODY, NOBODY);
      chmodSync(join(dataDir, name), ROOT ? 0o600 : 0o000);

      const { code, stdout, stderr } = await runServer({ dataDir, humble: ROOT });

      expect({ code, stdout }).toEqual({ code: EXIT_CONFIG, stdout: '' });
      expect(stderr).toContain(dataDir);
      expect(stderr).not.toMatch(/^ {4}at /m);
    },
    TEST_LIMIT_MS,
  );

  it(
    'says so when the data directory is a file',
    async () => {
      writeFileSync(dataDir, '');

      const { code, stdout, stderr } = await runServer({ dataDir });

      expect({ code, stdout }).toEqual({ code: EXIT_CONFIG, stdout: '' });
      expect(stderr).toMatch(/^.*\n.*BOLTGATE_DATA_DIR: \S+ cannot be written \(EEXIST\); .*\n$/);
      expect(readFileSync(dataDir, 'utf8')).toBe('');
    },
    TEST_LIMIT_MS,
  );

  // FC-23: a restored database without its secret.
  it.each([
    ['another secret', { BOLTGATE_SECRET: '22'.repeat(32) }],
    ['its secret file deleted', {}],
  ])(
    'writes nothing to a database with %s',
    async (_, env) => {
      liveOnce();
      if (!('BOLTGATE_SECRET' in env)) rmSync(join(dataDir, 'secret'));
      const before = bytesOf(dataDir);

      const ending = await runServer({ dataDir, env });

      expect(ending).toEqual(
        refused(
          'this database was made with another secret; all printed codes would die. Set BOLTGATE_SECRET to the secret of before, or put its file back into the data directory',
        ),
      );
      expect(bytesOf(dataDir)).toEqual(before);
    },
    TEST_LIMIT_MS,
  );

  // FC-18: on another host every wallet has another key.
  it(
    'does not move the login host while keys are at stake, until told so',
    async () => {
      await live(dataDir, logIn);
      const moved = { BOLTGATE_PUBLIC_URL: 'https://pay.example.org' };

      const { code, stdout, stderr } = await runServer({ dataDir, env: moved });

      expect({ code, stdout }).toEqual({ code: EXIT_CONFIG, stdout: '' });
      expect(stderr).toMatch(
        /^boltgate cannot start: the login host was localhost:3000 and is now pay\.example\.org; 1 key was made .*\n$/,
      );
      const [, former] = /set (BOLTGATE_AUTH_URL=\S+),/.exec(stderr) ?? [];
      const [, given] = /set (BOLTGATE_CONFIRM_AUTH_HOST=\S+)\n/.exec(stderr) ?? [];
      expect(await loginHostWith({ ...moved, ...variable(former) })).toBe('localhost:3000');
      expect(await loginHostWith({ ...moved, ...variable(given) })).toBe('pay.example.org');
      expect(await loginHostWith(moved)).toBe('pay.example.org');
    },
    TEST_LIMIT_MS,
  );

  it(
    'moves the login host freely while there is no key',
    async () => {
      liveOnce();

      expect(await loginHostWith({ BOLTGATE_PUBLIC_URL: 'https://pay.example.org' })).toBe(
        'pay.example.org',
      );
    },
    TEST_LIMIT_MS,
  );

  /** The data directory of a server that lived once and ended well. */
  function liveOnce(): void {
    cpSync(join(shelf.path, 'data'), dataDir, { recursive: true });
  }

  async function loginHostWith(env: Readonly<Record<string, string>>): Promise<string> {
    await using started = await startServer({ dataDir, env });
    using client = new Client(started.origin, started.server.adminKey);
    const { text } = await client.post('/api/v1/logins', {});
    return new URL(JSON.parse(text).url).host;
  }
});

/** A first life, which makes the directory and ends well. */
async function live(dataDir: string, work?: (client: Client) => Promise<void>): Promise<void> {
  await using started = await startServer({ dataDir });
  using client = new Client(started.origin, started.server.adminKey);
  await work?.(client);
  expect((await started.server.stop()).code).toBe(0);
}

/** How a process ends that tells in a sentence why it does not start: no output, no stack. */
function refused(sentence: string): Ending {
  const stderr = `boltgate cannot start: ${sentence}\n`;
  return { code: EXIT_CONFIG, signal: null, stdout: '', stderr };
}

/** LUD-04: a wallet proves its key. */
async function logIn(client: Client): Promise<void> {
  const login = JSON.parse((await client.post('/api/v1/logins', {})).text);
  const { sig, key } = await new LoginWallet(7).answer(login.k1 as K1);
  const { text } = await client.get(`${pathOf(login.url)}&sig=${sig}&key=${key}`);
  expect(JSON.parse(text)).toEqual({ status: 'OK' });
}

/** Every file of a directory with all that is in it. */
function bytesOf(directory: string): Record<string, string> {
  const files = readdirSync(directory).sort();
  return Object.fromEntries(
    files.map((name) => [name, readFileSync(join(directory, name)).toString('base64')]),
  );
}

function variable(assignment: string | undefined): Record<string, string> {
  const [name, value] = (assignment ?? '').split('=');
  return name && value ? { [name]: value } : {};
}

/** Another program that listens. */
async function takePort(): Promise<{ readonly number: number } & AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    number: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
