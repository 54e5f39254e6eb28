import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { tempFolder } from '../support/temp-folder.ts';
import { standIn } from './stand-in.ts';
import { ADMIN_KEY, type Ran } from './terminal.ts';

const PROJECT = join(import.meta.dirname, '../..');
/** Each test starts several processes, on a machine that may be busy. */
jest.setTimeout(60_000);

/** The command as it is installed, in a directory of its own and with nothing but `env` around it. */
function boltgate(project: string, cwd: string, env: Readonly<Record<string, string>>) {
  const { PATH = '' } = process.env;
  return (...args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [join(project, 'dist/cli/boltgate.js'), ...args], {
      cwd,
      env: { PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
}

async function ended(child: ChildProcess): Promise<Ran> {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

describe('the built command, without the compiled half of SQLite (FC-25)', () => {
  const folder = tempFolder();
  const project = join(folder.path, 'boltgate');

  beforeAll(() => copyWithoutNative(project));
  afterAll(() => folder[Symbol.dispose]());

  it('encodes and decodes', async () => {
    const run = boltgate(project, folder.path, {});
    const lnurl = (await ended(run('encode', 'https://service.com/a'))).out.trim();

    expect(await ended(run('decode', lnurl))).toEqual({
      code: 0,
      out: 'https://service.com/a\n',
      err: '',
    });
  });

  it('asks the API', async () => {
    await using api = await standIn(() => ({ body: { items: [], next: null } }));
    const env = { BOLTGATE_URL: api.origin, BOLTGATE_ADMIN_KEY: ADMIN_KEY };

    const ran = await ended(boltgate(project, folder.path, env)('pay-link', 'list'));

    expect(ran).toEqual({
      code: 0,
      out: 'ID  STATE  AMOUNT  CREATED  DESCRIPTION  LABEL\n',
      err: '',
    });
  });

  it('does not serve, and says on what it runs and what to do', async () => {
    const env = { BOLTGATE_LISTEN: '127.0.0.1:0' };

    const { code, out, err } = await ended(boltgate(project, folder.path, env)('serve'));

    expect([code, out, err.split('\n')]).toEqual([
      78,
      '',
      [
        `boltgate cannot start: The SQLite module does not load on ${process.platform}-${process.arch} with Node.js ${process.version}: run "npm rebuild better-sqlite3"`,
        '',
      ],
    ]);
  });
});

describe('the built command, as a person meets it', () => {
  it('serves, makes a link, pays it, switches it off and lists what came, with the key that it made', async () => {
    using folder = tempFolder();
    const port = await freePort();
    const env = {
      BOLTGATE_LISTEN: `127.0.0.1:${port}`,
      BOLTGATE_PUBLIC_URL: `http://localhost:${port}`,
      XDG_DATA_HOME: folder.path,
    };
    const run = boltgate(PROJECT, folder.path, env);
    await using _server = await serving(run('serve'));

    const made = await ended(
      run(
        ...['pay-link', 'create', '--min', '1sat', '--max', '1000sat', '--json'],
        ...['--description', 'Coffee', '--success-message', 'Thank you!'],
      ),
    );
    const { id, lnurl } = JSON.parse(made.out);
    const shown = await ended(run('pay-link', 'show', id));
    const paid = await ended(run('wallet', 'pay', lnurl, '21sat'));
    const off = await ended(run('pay-link', 'disable', id));
    const refused = await ended(run('wallet', 'pay', lnurl, '21sat'));
    const listed = await ended(run('invoices', '--state', 'settled'));

    expect([shown.code, shown.err, shown.out.includes(lnurl)]).toEqual([0, '', true]);
    expect([paid.code, paid.err]).toEqual([0, '']);
    expect(paid.out).toMatch(/^paid +21 sat\nfor +Coffee\nfee +1002 msat\n.*\nsays +Thank you!\n$/);
    expect(off).toEqual({ code: 0, out: `${id} is disabled.\n`, err: '' });
    expect(refused).toEqual({
      code: 1,
      out: '',
      err: `localhost:${port} refuses: This payment link is switched off.\n`,
    });
    expect(listed.out).toMatch(/^ID .*\ninv_\S+ +settled +21 sat +21 sat .* pl_\S+\n$/);
  });

  it('ends quietly when nobody reads on', async () => {
    const child = boltgate(PROJECT, PROJECT, {})('--help');
    child.stdout?.destroy();

    const [code] = await once(child, 'close');

    expect(code).toBe(0);
  });
});

/** The installed package with everything but the one file that is compiled for a platform. */
function copyWithoutNative(project: string): void {
  const modules = join(project, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const name of ['dist', 'package.json', 'db', 'public']) {
    cpSync(join(PROJECT, name), join(project, name), { recursive: true });
  }
  for (const name of readdirSync(join(PROJECT, 'node_modules'))) {
    if (name !== 'better-sqlite3') {
      symlinkSync(join(PROJECT, 'node_modules', name), join(modules, name));
    }
  }
  for (const name of ['package.json', 'lib']) {
    const part = join('node_modules/better-sqlite3', name);
    cpSync(join(PROJECT, part), join(project, part), { recursive: true });
  }
}

async function serving(child: ChildProcess): Promise<AsyncDisposable> {
  if (!child.stdout) throw new Error('no output');
  const lines = createInterface({ input: child.stdout });
  const closed = once(child, 'close');
  let isListening = false;
  for await (const line of lines) {
    isListening = line.includes(' listens on ');
    if (isListening) break;
  }
  if (!isListening) throw new Error('the server ended before it listened');
  child.stdout.resume();
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
