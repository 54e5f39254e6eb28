import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BtcdAccess } from './btcd.ts';
import type { NodeInfo, WalletState } from './calls.ts';
import { LndClient } from './lnd-client.ts';
import { freePorts } from './ports.ts';
import { Program } from './program.ts';
import { until, untilTrue } from './until.ts';

/** lnd wants at least eight characters; nobody needs to keep it secret. */
const WALLET_PASSWORD = 'regtest-password';

export interface LndOptions {
  readonly name: string;
  /** The program. */
  readonly path: string;
  readonly home: string;
  readonly btcd: BtcdAccess;
  /** `sqlite` also keeps payments and invoices in tables of SQL. */
  readonly database?: 'bbolt' | 'sqlite' | undefined;
  /** More flags of lnd, such as `--channel-commit-interval=3s`. */
  readonly flags?: readonly string[] | undefined;
  /** A wallet with this key (`tprv…`) instead of one made by chance. */
  readonly masterKey?: string | undefined;
}

interface Ports {
  readonly rpc: number;
  readonly peer: number;
  readonly rest: number;
}

/** One lnd with its data and its ports, which it keeps over any number of ends and starts. */
export class LndNode implements AsyncDisposable {
  readonly name: string;
  readonly home: string;
  readonly certPath: string;
  /** The macaroon that may do everything. */
  readonly macaroonPath: string;
  readonly #options: LndOptions;
  readonly #ports: Ports;
  #program: Program | undefined;
  #client: LndClient | undefined;
  #publicKey: string | undefined;

  static async create(options: LndOptions): Promise<LndNode> {
    const [rpc = 0, peer = 0, rest = 0] = await freePorts(3);
    mkdirSync(options.home, { recursive: true });
    writeFileSync(join(options.home, 'wallet-password'), WALLET_PASSWORD);
    return new LndNode(options, { rpc, peer, rest });
  }

  private constructor(options: LndOptions, ports: Ports) {
    this.name = options.name;
    this.home = options.home;
    this.certPath = join(options.home, 'tls.cert');
    this.macaroonPath = join(options.home, 'data/chain/bitcoin/regtest/admin.macaroon');
    this.#options = options;
    this.#ports = ports;
  }

  /** Where gRPC is, as BOLTGATE_LND_HOST takes it. */
  get host(): string {
    return `localhost:${this.#ports.rpc}`;
  }

  /** The port of gRPC, which a proxy in front of it needs. */
  get rpcPort(): number {
    return this.#ports.rpc;
  }

  /** Where REST is, as BOLTGATE_LND_HOST takes it for `lnd-rest`. */
  get restUrl(): string {
    return `https://localhost:${this.#ports.rest}`;
  }

  get publicKey(): string {
    if (this.#publicKey === undefined) throw new Error(`${this.name} was never started`);
    return this.#publicKey;
  }

  /** Where other nodes reach it. */
  get peerHost(): string {
    return `127.0.0.1:${this.#ports.peer}`;
  }

  get pid(): number {
    if (!this.#program) throw new Error(`${this.name} was never started`);
    return this.#program.pid;
  }

  get isRunning(): boolean {
    return this.#program?.isRunning ?? false;
  }

  /** Calls with the macaroon that may do everything. */
  get client(): LndClient {
    if (!this.#client) throw new Error(`${this.name} is not running`);
    return this.#client;
  }

  /** Starts it, or starts it again, and waits until it takes every call. */
  async start(): Promise<void> {
    await this.launch();
    if (this.#options.masterKey !== undefined && !existsSync(this.macaroonPath)) {
      await this.#createWallet(this.#options.masterKey);
    }
    await this.inState('SERVER_ACTIVE');
    this.#client = this.#connect(readFileSync(this.macaroonPath).toString('hex'));
    this.#publicKey = (await this.info()).identity_pubkey;
  }

  /** Starts the process only, for who wants to meet a node that is not ready. */
  async launch(): Promise<void> {
    const { name, path, home } = this.#options;
    if (this.isRunning) throw new Error(`${name} is running already`);
    this.#program = await Program.start({ name, path, home, args: this.#args() });
  }

  async info(): Promise<NodeInfo> {
    return await this.client.call('lnrpc.Lightning/GetInfo', {});
  }

  /** Waits until the node has all blocks up to `height`, which its wallet has then seen too. */
  async synced(height: number): Promise<void> {
    await untilTrue(`${this.name} to be synced`, async () => {
      this.#program?.requireRunning();
      const info = await this.info();
      return info.synced_to_chain && info.block_height >= height;
    });
  }

  /** Waits for a state of the node while it starts. */
  async inState(wanted: WalletState): Promise<void> {
    await until(`${this.name} to show its certificate`, () => {
      this.#program?.requireRunning();
      return existsSync(this.certPath) || undefined;
    });
    using client = this.#connect(undefined);
    await untilTrue(`${this.name} to be ${wanted}`, async () => {
      this.#program?.requireRunning();
      const answer = client.call('lnrpc.State/GetState', {}).catch(() => undefined);
      return (await answer)?.state === wanted;
    });
  }

  /** Ends the process: SIGTERM asks it to, SIGKILL does not ask. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
    await this.#program?.stop(signal);
  }

  /** A client with another macaroon, in hex. */
  connectWith(macaroon: string): LndClient {
    return this.#connect(macaroon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }

  #connect(macaroon: string | undefined): LndClient {
    return new LndClient({
      port: this.#ports.rpc,
      certificate: readFileSync(this.certPath),
      macaroon,
    });
  }

  async #createWallet(masterKey: string): Promise<void> {
    await this.inState('NON_EXISTING');
    using client = this.#connect(undefined);
    await client.call('lnrpc.WalletUnlocker/InitWallet', {
      wallet_password: Buffer.from(WALLET_PASSWORD),
      recovery_window: 1,
      extended_master_key: masterKey,
      // From the first block on, or the wallet would not look for coins that are there already.
      extended_master_key_birthday_timestamp: '1',
    });
  }

  #args(): readonly string[] {
    const { name, home, btcd, database, flags, masterKey } = this.#options;
    const { rpc, peer, rest } = this.#ports;
    const unlock = [`--wallet-unlock-password-file=${home}/wallet-password`];
    return [
      ...[`--lnddir=${home}`, `--alias=${name}`, '--debuglevel=info'],
      ...['--bitcoin.regtest', '--bitcoin.node=btcd', '--nobootstrap'],
      ...[`--btcd.rpchost=${btcd.host}`, `--btcd.rpccert=${btcd.certPath}`],
      ...[`--btcd.rpcuser=${btcd.user}`, `--btcd.rpcpass=${btcd.password}`],
      ...[`--rpclisten=127.0.0.1:${rpc}`, `--restlisten=127.0.0.1:${rest}`],
      // The address that it tells of itself, so that `uris` is not empty (LUD-02).
      ...[`--listen=127.0.0.1:${peer}`, `--externalip=127.0.0.1:${peer}`],
      ...(masterKey === undefined
        ? ['--noseedbackup']
        : [...unlock, '--wallet-unlock-allow-create']),
      ...(database === 'sqlite' ? ['--db.backend=sqlite', '--db.use-native-sql'] : []),
      ...['--bitcoin.defaultchanconfs=1', '--bitcoin.defaultremotedelay=4'],
      // What waits seconds or minutes on the real network waits milliseconds here.
      ...['--trickledelay=50', '--gossip.sub-batch-delay=5ms', '--db.batch-commit-interval=10ms'],
      '--caches.rpc-graph-cache-duration=100ms',
      ...['--maxpendingchannels=10', '--routerrpc.usestatusinitiated'],
      ...['--keep-failed-payment-attempts', '--healthcheck.chainbackend.attempts=0'],
      ...(flags ?? []),
    ];
  }
}
