// The programs of the network: built once from the Go modules that go.mod pins, kept outside the tree.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MODULE = join(import.meta.dirname, '..');
const PACKAGES = ['github.com/btcsuite/btcd', 'github.com/lightningnetwork/lnd/cmd/lnd'];
/** lowscrypt: keys of a wallet in no time. kvdb_sqlite: one program keeps bbolt or SQLite. */
const TAGS = 'invoicesrpc walletrpc signrpc chainrpc peersrpc lowscrypt kvdb_sqlite';

/** Where the two programs are. */
export interface Programs {
  readonly btcd: string;
  readonly lnd: string;
}

/** The network cannot be had on this machine; the message says in one line what would help. */
export class ProgramsMissing extends Error {
  override readonly name = 'ProgramsMissing';
}

/** The built programs; builds them the first time, for which it needs Go, and then says so. */
export async function buildPrograms(say: (line: string) => void): Promise<Programs> {
  const folder = join(cacheFolder(), fingerprint());
  const programs = { btcd: join(folder, 'btcd'), lnd: join(folder, 'lnd') };
  if (existsSync(programs.btcd) && existsSync(programs.lnd)) return programs;

  await requireGo();
  say('Building lnd and btcd; the first build takes about six minutes on two cores.');
  mkdirSync(cacheFolder(), { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    await goBuild(unfinished);
    moveInPlace(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return programs;
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'boltgate-regtest');
}

/** Changes with whatever changes the programs. */
function fingerprint(): string {
  const hash = createHash('sha256').update(TAGS);
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(join(MODULE, name)));
  return hash.digest('hex').slice(0, 16);
}

/** `tool` lines in go.mod came with Go 1.24. */
async function requireGo(): Promise<void> {
  const version = /go(\d+)\.(\d+)/.exec(await goVersion());
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
  if (major > 1 || (major === 1 && minor >= 24)) return;
  const found = version ? `Go ${major}.${minor}` : 'no Go';
  throw new ProgramsMissing(
    `lnd and btcd are built with Go 1.24 or newer, and ${found} is here: see https://go.dev/doc/install`,
  );
}

async function goVersion(): Promise<string> {
  const go = spawn('go', ['env', 'GOVERSION'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  go.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  // Without the program there is no version.
  await once(go, 'close').catch(() => undefined);
  return text;
}

/** How many cores it takes, and from where modules come, is decided by the environment. */
async function goBuild(folder: string): Promise<void> {
  const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', `-tags=${TAGS}`];
  const go = spawn('go', ['build', ...flags, '-o', folder, ...PACKAGES], {
    cwd: MODULE,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(go, 'close');
  if (code !== 0) throw new ProgramsMissing('go build failed; it said why above');
}

/** Another process may have built the same meanwhile, and its programs are as good. */
function moveInPlace(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(join(folder, 'lnd'))) throw error;
  }
}
