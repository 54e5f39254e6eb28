import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Where the servers run, and where the load comes from. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

type Child = ChildProcessByStdio<null, Readable, null>;

/** A server in a process of its own on its own core, killed when it is disposed of. */
export class ChildServer implements AsyncDisposable {
  readonly #child: Child;
  /** However this process ends, its servers end with it. */
  readonly #kill = (): void => void this.#child.kill('SIGKILL');

  private constructor(child: Child) {
    this.#child = child;
    process.once('exit', this.#kill);
  }

  /** Starts a script with node; resolves with the groups of the line that says that it is ready. */
  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    ready: RegExp,
  ): Promise<{ server: ChildServer; told: Readonly<Record<string, string>> }> {
    const [command = '', ...rest] = [...pinnedTo(SERVER_CORE), process.execPath, ...args];
    const child = spawn(command, rest, {
      env: { ...ownEnvironment(), NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const server = new ChildServer(child);
    for await (const line of createInterface({ input: child.stdout })) {
      const match = ready.exec(line);
      if (!match) continue;
      // Whatever it says later is read and dropped, so that it never waits for us.
      child.stdout.resume();
      return { server, told: match.groups ?? {} };
    }
    throw new Error(`${args[0]} ended before it was ready`);
  }

  /** Memory that the process has resident, in MiB. */
  get residentMib(): number {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`${this.#proc}/status`, 'utf8'))?.[1];
    return Number(kib) / 1024;
  }

  /** Time that the process has spent on its core, all threads together, in milliseconds. */
  get cpuMs(): number {
    const fields = readFileSync(`${this.#proc}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#kill);
    this.#kill();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'close');
    }
  }

  get #proc(): string {
    return `/proc/${this.#child.pid}`;
  }
}

/** proc(5): the unit of times in `stat`, a hundredth of a second on every Linux that node runs on. */
const TICK_MS = 10;

function pinnedTo(core: number): string[] {
  return ['taskset', '-c', String(core)];
}

/** Moves this process, which makes the load, away from the servers. */
export function moveToLoadCore(): void {
  execFileSync('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(process.pid)]);
}

/** What a server gets of our environment: nothing that would change how it runs. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(BOLTGATE_|DEBUG$|NODE_)/.test(name),
  );
  return Object.fromEntries(entries);
}
