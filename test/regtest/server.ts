import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../support/server-process.ts';
import type { LndNode } from './network/lnd.ts';
import { freePorts } from './network/ports.ts';
import { Program } from './network/program.ts';
import { untilTrue } from './network/until.ts';
import { lndSettings } from './settings.ts';

const MAIN = join(PROJECT, 'dist/main.js');

export interface NodeServerOptions {
  readonly node: LndNode;
  /** Where it keeps its data and its output. */
  readonly home: string;
  /** BOLTGATE_… variables beside those that it needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** What its start is waited for: that the node answers too, unless it is not to. */
  readonly until?: 'ready' | 'listening';
}

/** The built server as a process, on a node of the network. */
export class NodeServer implements AsyncDisposable {
  readonly origin: string;
  readonly dataDir: string;
  readonly #program: Program;

  /** Resolves once the server says that it is ready, which it is only when its node answers. */
  static async start({ node, home, env, until = 'ready' }: NodeServerOptions): Promise<NodeServer> {
    mkdirSync(home, { recursive: true });
    const [port] = await freePorts(1);
    const origin = `http://localhost:${port}`;
    const dataDir = join(home, 'data');
    const program = await Program.start({
      ...{ name: 'the server', path: process.execPath, home },
      args: ['--enable-source-maps', MAIN],
      env: {
        ...lndSettings(node),
        BOLTGATE_PUBLIC_URL: origin,
        BOLTGATE_LISTEN: `127.0.0.1:${port}`,
        BOLTGATE_DATA_DIR: dataDir,
        ...env,
      },
    });
    const server = new NodeServer(origin, dataDir, program);
    try {
      const path = until === 'ready' ? 'readyz' : 'healthz';
      await untilTrue(`the server to be ${until}`, async () => {
        program.requireRunning();
        const answer = await fetch(`${origin}/${path}`).catch(() => undefined);
        return answer?.ok ?? false;
      });
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  private constructor(origin: string, dataDir: string, program: Program) {
    this.origin = origin;
    this.dataDir = dataDir;
    this.#program = program;
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#program.stop(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }
}
