import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../../process/client.ts';
import { PROJECT } from '../../support/server-process.ts';
import type { LndNode } from '../network/lnd.ts';
import { freePorts } from '../network/ports.ts';
import { Program } from '../network/program.ts';
import { untilTrue } from '../network/until.ts';
import { lndSettings } from '../settings.ts';
import type { TcpProxy } from './proxy.ts';

const MAIN = join(PROJECT, 'dist/main.js');

interface Parts {
  readonly node: LndNode;
  readonly proxy: TcpProxy;
  readonly home: string;
}

/**
 * The built server, one life after the other on the same data and the same port. It reaches its node
 * over the proxy alone.
 */
export class ServerLives implements AsyncDisposable {
  readonly dataDir: string;
  readonly wallet: Client;
  readonly #parts: Parts;
  readonly #origin: string;
  readonly #port: number;
  #program: Program | undefined;
  #operator: Client | undefined;

  static async begin(parts: Parts): Promise<ServerLives> {
    mkdirSync(parts.home, { recursive: true });
    const [port = 0] = await freePorts(1);
    const lives = new ServerLives(parts, port);
    await lives.start();
    await lives.ready();
    return lives;
  }

  private constructor(parts: Parts, port: number) {
    this.#parts = parts;
    this.#port = port;
    this.#origin = `http://localhost:${port}`;
    this.dataDir = join(parts.home, 'data');
    this.wallet = new Client(`http://127.0.0.1:${port}`);
  }

  get databasePath(): string {
    return join(this.dataDir, 'boltgate.db');
  }

  /** All that it ever said, over all its lives. */
  get outputPath(): string {
    return join(this.#parts.home, 'output.log');
  }

  get isRunning(): boolean {
    return this.#program?.isRunning ?? false;
  }

  /** Who has the admin key, which the first life wrote down. */
  get operator(): Client {
    const key = () => readFileSync(join(this.dataDir, 'admin-key'), 'utf8').trim();
    this.#operator ??= new Client(`http://127.0.0.1:${this.#port}`, key());
    return this.#operator;
  }

  /** Begins a life, and does not wait until it is of any use. */
  async start(): Promise<void> {
    const { node, proxy, home } = this.#parts;
    this.#program = await Program.start({
      ...{ name: 'the server', path: process.execPath, home },
      args: ['--enable-source-maps', MAIN],
      env: {
        ...lndSettings(node),
        BOLTGATE_LND_HOST: `localhost:${proxy.port}`,
        BOLTGATE_PUBLIC_URL: this.#origin,
        BOLTGATE_LISTEN: `127.0.0.1:${this.#port}`,
        BOLTGATE_DATA_DIR: this.dataDir,
      },
    });
  }

  async kill(): Promise<void> {
    await this.#program?.stop('SIGKILL');
  }

  /** Waits until it answers for itself and for its node. Throws when the process ended unasked. */
  async ready(): Promise<void> {
    await untilTrue('the server to be ready', async () => {
      this.#program?.requireRunning();
      const answer = await this.wallet.get('/readyz').catch(() => undefined);
      return answer?.status === 200;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.wallet[Symbol.dispose]();
    this.#operator?.[Symbol.dispose]();
  }
}
