import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from '../../faults/chance.ts';
import type { LndNode } from '../network/lnd.ts';
import { nextWith } from '../network/payments.ts';
import { until } from '../network/until.ts';
import type { Load } from './load.ts';
import type { Promises } from './promises.ts';
import type { Direction, TcpProxy } from './proxy.ts';
import type { ServerLives } from './server-lives.ts';
import type { Wallets } from './wallets.ts';

interface Parts {
  readonly server: ServerLives;
  readonly alice: LndNode;
  readonly payee: LndNode;
  readonly proxy: TcpProxy;
  readonly load: Load;
  readonly wallets: Wallets;
  readonly promises: Promises;
  readonly chance: Chance;
}

interface Kind {
  readonly name: string;
  readonly weight: number;
  readonly act: () => Promise<void>;
}

type Signal = 'SIGTERM' | 'SIGKILL';

const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGKILL', 'SIGKILL'];
const DIRECTIONS: readonly (readonly Direction[])[] = [['up'], ['down'], ['up', 'down']];
/** LND commits a payment to its channel this long after its second update. */
const COMMIT_MS = 50;
const STALL_MAX_MS = 3_000;
const SLOW_FOR_MS = 2_000;
const DOWN_MAX_MS = 800;
const SEND_PATIENCE_MS = 3_000;
/** A start of our server takes about as long. */
const START_MS = 900;
const PAUSE_MAX_MS = 900;
const AT_ONCE_SHARE = 0.2;

/** Everything that can be done to the server, to its node and to what lies between them. */
export class Kills {
  readonly counts = new Map<string, number>();
  readonly #parts: Parts;
  readonly #kinds: readonly Kind[];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#kinds = this.#list();
  }

  /** Lets a moment pass, then kills something and starts it again. Answers what it was. */
  async next(): Promise<string> {
    const { chance, load } = this.#parts;
    // Most times the load has its way in between; else the next blow falls on what still starts.
    if (!chance.happens(AT_ONCE_SHARE)) await load.goesOn();
    await delay(chance.below(PAUSE_MAX_MS));
    const kinds = this.#kinds;
    const kind = kinds[chance.weighted(kinds.map(({ weight }) => weight))];
    if (!kind) throw new Error('there is nothing to kill');
    await kind.act();
    this.counts.set(kind.name, (this.counts.get(kind.name) ?? 0) + 1);
    return kind.name;
  }

  #list(): readonly Kind[] {
    const { proxy, server, chance } = this.#parts;
    const kind = (name: string, weight: number, act: () => Promise<void>): Kind => {
      return { name, weight, act };
    };
    return [
      kind('server', 20, async () => await this.#killServer()),
      kind('server, and again while it starts', 6, async () => {
        await this.#killServer();
        await this.#moment(START_MS);
        await this.#killServer();
      }),
      kind('server, just after a claim', 10, async () => {
        await this.#claim();
        await this.#moment(60);
        await this.#killServer();
      }),
      kind('lnd by SIGKILL', 9, async () => await this.#killNode('SIGKILL')),
      kind('lnd by SIGTERM', 6, async () => await this.#killNode('SIGTERM')),
      kind('lnd, just after a second update', 6, async () => {
        await this.#secondUpdate();
        await this.#moment(COMMIT_MS + 10);
        await this.#killNode(chance.one(SIGNALS));
      }),
      kind('server, while lnd is down', 6, async () => {
        await this.#killNode(chance.one(SIGNALS), async () => await this.#killServer());
      }),
      kind('server and lnd at once', 4, async () => {
        await server.kill();
        await this.#killNode(chance.one(SIGNALS));
        await server.start();
      }),
      kind('connection cut', 12, async () => proxy.cut()),
      kind('connection cut, just after a claim', 6, async () => {
        await this.#claim();
        await this.#moment(60);
        proxy.cut();
      }),
      kind('connection stalled', 6, async () => await this.#stalled()),
      kind('connection stalled, then cut', 4, async () => {
        await this.#stalled(async () => proxy.cut());
      }),
      kind('server, while the connection is stalled', 4, async () => {
        await this.#stalled(async () => await this.#killServer());
      }),
      kind('lnd, while the connection is stalled', 3, async () => {
        await this.#stalled(async () => await this.#killNode(chance.one(SIGNALS)));
      }),
      kind('connection slow', 4, async () => {
        proxy.slow(5 + chance.below(200));
        await this.#moment(SLOW_FOR_MS);
        proxy.letGo();
      }),
      kind('connection slow, then cut', 3, async () => {
        proxy.slow(5 + chance.below(100));
        await this.#claim();
        await this.#moment(300);
        proxy.cut();
        proxy.letGo();
      }),
    ];
  }

  async #killServer(): Promise<void> {
    await this.#parts.server.kill();
    await this.#parts.server.start();
  }

  async #killNode(signal: Signal, whileDown?: () => Promise<void>): Promise<void> {
    const { alice } = this.#parts;
    await alice.stop(signal);
    await this.#moment(DOWN_MAX_MS);
    await whileDown?.();
    await alice.start();
  }

  async #stalled(inBetween?: () => Promise<void>): Promise<void> {
    const { proxy, chance } = this.#parts;
    proxy.stall(chance.one(DIRECTIONS));
    await this.#moment(STALL_MAX_MS);
    await inBetween?.();
    proxy.letGo();
  }

  async #moment(maxMs: number): Promise<void> {
    await delay(this.#parts.chance.below(maxMs));
  }

  /** A claim of its own, whose answer nobody waits for. Answers the hash. */
  async #claim(): Promise<string | undefined> {
    const { server, load, wallets, payee, promises } = this.#parts;
    await server.ready();
    const offer = await load.freshOffer();
    if (!offer) return undefined;
    const { bolt11, paymentHash } = await load.newInvoice(payee);
    wallets.claim(offer, bolt11, paymentHash).catch((error: unknown) => {
      promises.faults.push(`a claim broke: ${String(error)}`);
    });
    return paymentHash;
  }

  /** Waits until LND has made the first attempt of a payment. */
  async #secondUpdate(): Promise<void> {
    const { alice } = this.#parts;
    const paymentHash = await this.#claim();
    if (paymentHash === undefined) return;
    const payment_hash = Buffer.from(paymentHash, 'hex');
    const seen = async () => {
      const track = alice.client.stream('routerrpc.Router/TrackPaymentV2', { payment_hash });
      const update = await nextWith(['IN_FLIGHT', 'SUCCEEDED'], track).catch(() => undefined);
      await track.return();
      return update;
    };
    // The server may not have got so far; then it is any kill of a node.
    await until('an attempt', seen, SEND_PATIENCE_MS).catch(() => undefined);
  }
}
