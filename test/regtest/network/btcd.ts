import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Program } from './program.ts';
import { until } from './until.ts';

const CALL_TIMEOUT_MS = 10_000;
/** Of eight blocks seven are for nobody: lnd is slow with a wallet of hundreds of coins. */
const LOST_SHARES = 7;
/** The address of BIP-173's example key on regtest. */
const LOST_ADDRESS = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

/** What lnd needs to know to take blocks from here. */
export interface BtcdAccess {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  readonly certPath: string;
}

export interface BtcdOptions {
  readonly path: string;
  readonly home: string;
  readonly ports: { readonly rpc: number; readonly peer: number };
  /** Takes the coins of some blocks; btcd has no wallet, and the address cannot be changed later. */
  readonly miningAddress: string;
}

/**
 * The one chain of the network, of which we mine every block. It cannot be restarted: btcd deletes
 * a regtest chain when it starts.
 */
export class Btcd implements AsyncDisposable {
  readonly access: BtcdAccess;
  readonly #program: Program;

  static async start({ path, home, ports, miningAddress }: BtcdOptions): Promise<Btcd> {
    mkdirSync(home, { recursive: true });
    const access: BtcdAccess = {
      host: `127.0.0.1:${ports.rpc}`,
      user: 'boltgate',
      password: randomBytes(16).toString('hex'),
      certPath: join(home, 'rpc.cert'),
    };
    const args = [
      ...['--regtest', `--datadir=${home}/data`, `--logdir=${home}/log`, '--debuglevel=warn'],
      ...[`--rpcuser=${access.user}`, `--rpcpass=${access.password}`, `--rpclisten=${access.host}`],
      ...[`--rpccert=${access.certPath}`, `--rpckey=${home}/rpc.key`],
      // Each lnd holds several websockets, and the default is 25 for all.
      ...['--rpcmaxwebsockets=100', '--rpcmaxclients=50', `--listen=127.0.0.1:${ports.peer}`],
      ...['--txindex', '--nobanning', '--nostalldetect', '--trickleinterval=100ms'],
      // btcd draws one of its addresses for each block.
      ...[miningAddress, ...Array(LOST_SHARES).fill(LOST_ADDRESS)].map(
        (address) => `--miningaddr=${address}`,
      ),
    ];
    const btcd = new Btcd(access, await Program.start({ name: 'btcd', path, args, home }));
    try {
      await btcd.#answering();
    } catch (error) {
      await btcd[Symbol.asyncDispose]();
      throw error;
    }
    return btcd;
  }

  private constructor(access: BtcdAccess, program: Program) {
    this.access = access;
    this.#program = program;
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Mines blocks, which every lnd then hears of. */
  async mine(blocks: number): Promise<void> {
    await this.#call('generate', [blocks]);
  }

  /** How many blocks stand on the first. */
  async height(): Promise<number> {
    return Number(await this.#call('getblockcount', []));
  }

  /** Stops it without an end: whoever asks it waits. */
  pause(): void {
    this.#program.signal('SIGSTOP');
  }

  /** Lets it go on where it was paused. */
  resume(): void {
    this.#program.signal('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop('SIGKILL');
  }

  async #answering(): Promise<void> {
    await until('btcd to answer', async () => {
      this.#program.requireRunning();
      if (!existsSync(this.access.certPath)) return undefined;
      return await this.height().catch(() => undefined);
    });
  }

  async #call(method: string, params: readonly unknown[]): Promise<unknown> {
    const { host, user, password, certPath } = this.access;
    const call = request(`https://${host}`, {
      method: 'POST',
      auth: `${user}:${password}`,
      ca: readFileSync(certPath),
      agent: false,
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    call.end(JSON.stringify({ jsonrpc: '1.0', id: 1, method, params }));
    const [response] = await once(call, 'response');
    const { result, error } = JSON.parse(await text(response));
    if (error) throw new Error(`btcd refused ${method}: ${error.message}`);
    return result;
  }
}
