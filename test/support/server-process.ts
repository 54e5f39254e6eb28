import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the project, and the built server in it. */
export const PROJECT = join(import.meta.dirname, '../..');
const MAIN = join(PROJECT, 'dist/main.js');
/** setpriv is part of every Debian; it becomes the command that it starts. */
const HUMBLE = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'];

/** Longer than anything takes on a busy machine: it is there so that nothing waits for ever. */
const PATIENCE_MS = 60_000;

export interface ServerOptions {
  readonly dataDir: string;
  /** BOLTGATE_… variables beside the usual ones. Nothing of our own environment goes in. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Held to the modes of files like everybody: root without the capabilities that set it above them.
   * Nobody else needs that. The files of the project stay readable, wherever the checkout is.
   */
  readonly humble?: boolean;
  /** A module that node runs before the server. */
  readonly preload?: string;
  /** An open file that takes its standard output, of which nothing is heard here then. */
  readonly stdoutFile?: number;
}

/** How a process ended, and all that it had said. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built server as a process of its own. It does not outlive the test that started it. */
export class ServerProcess implements AsyncDisposable {
  readonly dataDir: string;
  readonly #child: ChildProcess;
  readonly #news = new EventEmitter();
  #stdout = '';
  #stderr = '';
  #ending: Ending | undefined;

  constructor({ dataDir, env, humble, preload, stdoutFile }: ServerOptions) {
    this.dataDir = dataDir;
    const node = [process.execPath, '--enable-source-maps'];
    const imports = preload === undefined ? [] : ['--import', preload];
    const [command = '', ...args] = [...(humble ? HUMBLE : []), ...node, ...imports, MAIN];
    this.#child = spawn(command, args, {
      cwd: PROJECT,
      env: {
        PATH: process.env.PATH ?? '',
        BOLTGATE_DATA_DIR: dataDir,
        BOLTGATE_LISTEN: '127.0.0.1:0',
        ...env,
      },
      stdio: ['pipe', stdoutFile ?? 'pipe', 'pipe'],
    });
    this.#listen();
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Gives a preloaded module the byte that it waits for. */
  go(): void {
    this.#child.stdin?.end('go');
  }

  /** The key of the API, as the process wrote it down at its first start. */
  get adminKey(): string {
    return readFileSync(join(this.dataDir, 'admin-key'), 'utf8').trim();
  }

  /** Resolves once standard output matches; rejects when the process ends without. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match) return match[1] ?? match[0];
      if (this.#ending) throw new Error(`the server ended unasked: ${this.#stderr}`);
      await this.#hear();
    }
  }

  /** Resolves with the origin of the socket once it takes requests. */
  async listening(): Promise<string> {
    return `http://${await this.says(/listens on (\S+)\n/)}`;
  }

  async ended(): Promise<Ending> {
    while (!this.#ending) await this.#hear();
    return this.#ending;
  }

  /** Closes our end of both pipes: what the process says from now on, it says to nobody. */
  stopListening(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends a signal and waits for the end. */
  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.signal(name);
    return await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ending) await this.stop('SIGKILL');
  }

  async #hear(): Promise<void> {
    await once(this.#news, 'news', { signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  #listen(): void {
    const child = this.#child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#news.emit('news');
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#news.emit('news');
    });
    // What is written to a process that has ended goes nowhere.
    child.stdin?.on('error', () => undefined);
    child.once('close', (code, signal) => {
      this.#ending = { code, signal, stdout: this.#stdout, stderr: this.#stderr };
      this.#news.emit('news');
    });
  }
}

/** Starts a server and waits until it takes requests. */
export async function startServer(
  options: ServerOptions,
): Promise<{ readonly server: ServerProcess; readonly origin: string } & AsyncDisposable> {
  const server = new ServerProcess(options);
  try {
    const origin = await server.listening();
    return {
      server,
      origin,
      [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs a server that is expected to end by itself. */
export async function runServer(options: ServerOptions): Promise<Ending> {
  await using server = new ServerProcess(options);
  return await server.ended();
}
