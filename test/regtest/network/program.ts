import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is told of a program that ended unasked. */
const LAST_LINES = 15;
/** setpriv is part of every Debian. The kernel ends the program with us, also when we are killed. */
const GUARD = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];

export interface ProgramOptions {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  /** Its home, where also its output goes. */
  readonly home: string;
  /** Variables beside the home. Nothing of our own environment goes in. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** One running program of the network, known by its process id. */
export class Program {
  readonly #name: string;
  readonly #output: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  /** Resolves once the program has a process id. */
  static async start(options: ProgramOptions): Promise<Program> {
    const program = new Program(options);
    await once(program.#child, 'spawn');
    return program;
  }

  private constructor({ name, path, args, home, env }: ProgramOptions) {
    this.#name = name;
    this.#output = join(home, 'output.log');
    const [command = '', ...rest] = [...GUARD, path, ...args];
    const output = openSync(this.#output, 'a');
    this.#child = spawn(command, rest, {
      // A group of its own: Ctrl-C at our terminal is for us, and we stop the programs in order.
      detached: true,
      env: { PATH: process.env.PATH ?? '', HOME: home, ...env },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.#closed = once(this.#child, 'close').catch(() => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} was not started`);
    return this.#child.pid;
  }

  get isRunning(): boolean {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null;
  }

  /** Throws with the last words of a program that has ended: nothing more will come of it. */
  requireRunning(): void {
    if (this.isRunning) return;
    const lines = readFileSync(this.#output, 'utf8').trimEnd().split('\n').slice(-LAST_LINES);
    throw new Error(`${this.#name} is not running; it said at last:\n${lines.join('\n')}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends a signal and waits for the end. */
  async stop(name: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    this.signal(name);
    await this.#closed;
  }
}
