import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BtcdAccess } from './btcd.ts';
import type { NodeInfo, WalletState } from './calls.ts';
import { LndClient } from './lnd-client.ts';
import { Program } from './program.ts';
import { untilTrue } from './until.ts';

/** lnd wants at least eight characters; nobody needs to keep it secret. */
const WALLET_PASSWORD = 'regtest-password';
const STATE_DEADLINE_MS = 2_000;
const PEM_END = '-----END CERTIFICATE-----\n';

export interface LndOptions {
  readonly name: string;
  /** The program. */
  readonly path: string;
  readonly home: string;
  /** It keeps them over any number of ends and starts. */
  readonly ports: { readonly rpc: number; readonly peer: number; readonly rest: number };
  readonly btcd: BtcdAccess;
  /** `sqlite` also keeps payments and invoices in tables of SQL. */
  readonly database?: 'bbolt' | 'sqlite' | undefined;
  /** More flags of lnd, such as `--channel-commit-interval=3s`. */
  readonly flags?: readonly string[] | undefined;
  /** A wallet with this key (`tprv…`) instead of one made by chance. */
  readonly masterKey?: string | undefined;
}

/** One lnd with its data, which ends and starts any number of times. */
export class LndNode implements AsyncDisposable {
  readonly name: string;
  readonly home: string;
  readonly certPath: string;
  /** The macaroon that may do everything. */
  readonly macaroonPath: string;
  readonly #options: LndOptions;
  #program: Program | undefined;
  #client: LndClient | undefined;
  #publicKey: string | undefined;

  constructor(options: LndOptions) {
    this.name = options.name;
    this.home = options.home;
    this.certPath = join(options.home, 'tls.cert');
    this.macaroonPath = join(options.home, 'data/chain/bitcoin/regtest/admin.macaroon');
    this.#options = options;
  }

  /** Where gRPC is, as BOLTGATE_LND_HOST takes it. */
  get host(): string {
    return `localhost:${this.#options.ports.rpc}`;
  }

  /** The port of gRPC, which a proxy in front of it needs. */
  get rpcPort(): number {
    return this.#options.ports.rpc;
  }

  /** Where REST is, as BOLTGATE_LND_HOST takes it for `lnd-rest`. */
  get restUrl(): string {
    return `https://localhost:${this.#options.ports.rest}`;
  }

  get publicKey(): string {
    if (this.#publicKey === undefined) throw new Error(`${this.name} was never started`);
    return this.#publicKey;
  }

  /** Where other nodes reach it. */
  get peerHost(): string {
    return `127.0.0.1:${this.#options.ports.peer}`;
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
    await this.ready();
  }

  /** Waits until it takes every call. */
  async ready(): Promise<void> {
    await this.inState('SERVER_ACTIVE');
    this.#client = this.#connect(readFileSync(this.macaroonPath).toString('hex'));
    this.#publicKey = (await this.info()).identity_pubkey;
  }

  /**
   * Starts the process only, for who wants to meet a node that is not ready. A wallet that is left
   * locked must be one that is made by a key.
   */
  async launch(wallet: 'unlocked' | 'locked' = 'unlocked'): Promise<void> {
    const { name, path, home } = this.#options;
    if (this.isRunning) throw new Error(`${name} is running already`);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'wallet-password'), WALLET_PASSWORD);
    this.#program = await Program.start({ name, path, home, args: this.#args(wallet) });
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
    await untilTrue(`${this.name} to show its certificate`, () => {
      this.#program?.requireRunning();
      return this.#hasCertificate();
    });
    using client = this.#connect(undefined);
    let last = 'nothing';
    const what = () => `${this.name} to be ${wanted}, and last it was ${last}`;
    await untilTrue(what, async () => {
      this.#program?.requireRunning();
      last = await client.call('lnrpc.State/GetState', {}, STATE_DEADLINE_MS).then(
        ({ state }) => state,
        (error) => String(error.details),
      );
      return last === wanted;
    });
  }

  /** Opens a wallet that was left locked. */
  async unlock(): Promise<void> {
    using client = this.#connect(undefined);
    const request = { wallet_password: Buffer.from(WALLET_PASSWORD) };
    await client.call('lnrpc.WalletUnlocker/UnlockWallet', request);
  }

  /** Takes away the certificate of a node that is down: it makes another one when it starts. */
  forgetCertificate(): void {
    for (const path of [this.certPath, this.certPath.replace(/cert$/, 'key')]) rmSync(path);
  }

  /** Stops it without an end: it keeps all its connections and says nothing any more. */
  pause(): void {
    this.#program?.signal('SIGSTOP');
  }

  /** Lets it go on where it was paused. */
  resume(): void {
    this.#program?.signal('SIGCONT');
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
      port: this.#options.ports.rpc,
      certificate: readFileSync(this.certPath),
      macaroon,
    });
  }

  /** lnd writes the file piece by piece, and half of it would be no certificate to check with. */
  #hasCertificate(): boolean {
    return existsSync(this.certPath) && readFileSync(this.certPath, 'utf8').endsWith(PEM_END);
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

  #args(wallet: 'unlocked' | 'locked'): readonly string[] {
    const { name, home, btcd, database, flags, masterKey } = this.#options;
    const { rpc, peer, rest } = this.#options.ports;
    const password = `--wallet-unlock-password-file=${home}/wallet-password`;
    const unlock = wallet === 'locked' ? [] : [password, '--wallet-unlock-allow-create'];
    return [
      ...[`--lnddir=${home}`, `--alias=${name}`, '--debuglevel=info'],
      ...['--bitcoin.regtest', '--bitcoin.node=btcd', '--nobootstrap'],
      ...[`--btcd.rpchost=${btcd.host}`, `--btcd.rpccert=${btcd.certPath}`],
      ...[`--btcd.rpcuser=${btcd.user}`, `--btcd.rpcpass=${btcd.password}`],
      ...[`--rpclisten=127.0.0.1:${rpc}`, `--restlisten=127.0.0.1:${rest}`],
      // The address that it tells of itself, so that `uris` is not empty (LUD-02).
      ...[`--listen=127.0.0.1:${peer}`, `--externalip=127.0.0.1:${peer}`],
      ...(masterKey === undefined ? ['--noseedbackup'] : unlock),
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
