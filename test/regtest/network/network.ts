// A Lightning network in a box: one btcd, and lnd three times, in a row: alice, bob and carol.
import { join } from 'node:path';
import { tempFolder } from '../../support/temp-folder.ts';
import { Btcd } from './btcd.ts';
import { channelKnown, openChannels } from './channels.ts';
import { LndNode } from './lnd.ts';
import { freePorts } from './ports.ts';
import { buildPrograms } from './programs.ts';
import { untilTrue } from './until.ts';

export const NODE_NAMES = ['alice', 'bob', 'carol'] as const;
export type NodeName = (typeof NODE_NAMES)[number];

/**
 * Alice's wallet in every network: BIP-32 of SHA-256("boltgate regtest"), and its first address
 * (m/84'/0'/0'/0/0). btcd must know where its coins go before any node runs.
 */
const MASTER_KEY =
  'tprv8ZgxMBicQKsPdoHZSKYoCdcYstdQKUwXB2hR7BdMZ94kqz56yauwqcgY6r478yQdogUB5UsgKgNnVE59ziZuFAG96aHd2e5nfxnbJAKgyaF';
const MINING_ADDRESS = 'bcrt1qyelannyfullkhdk50pu4x66pe2vavge7fzjmm7';

/** SegWit is active on regtest after 432 blocks, and coins of the first 340 can be spent then. */
const FIRST_BLOCKS = 440;
/** Several, because every channel that is opened at the same time takes one. */
const COINS_EACH = 6;
const COIN_SAT = 100_000_000;
const SAT_PER_VBYTE = '2';
/** Just below the largest that lnd opens unasked, and about half of it on each side. */
const CHANNEL_SAT = 16_000_000;
const PUSH_SAT = 7_000_000;

export interface NetworkOptions {
  readonly database?: 'bbolt' | 'sqlite';
  /** More flags of lnd for single nodes. */
  readonly flags?: Readonly<Partial<Record<NodeName, readonly string[]>>>;
  /** Told what takes long; nobody is told when not given. */
  readonly say?: (line: string) => void;
}

/** A running network. Disposed of, no process and no file of it is left. */
export class RegtestNetwork implements AsyncDisposable {
  readonly btcd: Btcd;
  readonly nodes: Readonly<Record<NodeName, LndNode>>;
  readonly #folder: Disposable;

  /** Starts, funds and connects everything: alice can pay carol, and carol alice, over bob. */
  static async start(options: NetworkOptions = {}): Promise<RegtestNetwork> {
    const programs = await buildPrograms(options.say ?? (() => undefined));
    const folder = tempFolder();
    let btcd: Btcd | undefined;
    let network: RegtestNetwork | undefined;
    try {
      const ports = (await freePorts(2 + 3 * NODE_NAMES.length)).values();
      const port = () => ports.next().value ?? 0;
      btcd = await Btcd.start({
        ...{ path: programs.btcd, home: join(folder.path, 'btcd') },
        ...{ ports: { rpc: port(), peer: port() }, miningAddress: MINING_ADDRESS },
      });
      const shared = { path: programs.lnd, btcd: btcd.access, database: options.database };
      const node = (name: NodeName) =>
        new LndNode({
          ...{ ...shared, name, home: join(folder.path, name), flags: options.flags?.[name] },
          ports: { rpc: port(), peer: port(), rest: port() },
          masterKey: name === 'alice' ? MASTER_KEY : undefined,
        });
      const nodes = { alice: node('alice'), bob: node('bob'), carol: node('carol') };
      network = new RegtestNetwork(folder, btcd, nodes);
      await network.#open();
      return network;
    } catch (error) {
      await (network ?? btcd)?.[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(folder: Disposable, btcd: Btcd, nodes: Record<NodeName, LndNode>) {
    this.#folder = folder;
    this.btcd = btcd;
    this.nodes = nodes;
  }

  /** The process ids of all that runs. */
  get pids(): readonly number[] {
    return [this.btcd.pid, ...NODE_NAMES.map((name) => this.nodes[name].pid)];
  }

  /** Mines blocks and waits until every node has seen them. */
  async mine(blocks: number): Promise<void> {
    await this.btcd.mine(blocks);
    const height = await this.btcd.height();
    const running = NODE_NAMES.map((name) => this.nodes[name]).filter((node) => node.isRunning);
    await Promise.all(running.map(async (node) => await node.synced(height)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nobody needs their data any more, and an lnd that is asked takes two seconds to end.
    const nodes = NODE_NAMES.map((name) => this.nodes[name]);
    await Promise.all([...nodes, this.btcd].map(async (each) => await each[Symbol.asyncDispose]()));
    this.#folder[Symbol.dispose]();
  }

  async #open(): Promise<void> {
    await this.btcd.mine(FIRST_BLOCKS);
    await Promise.all(NODE_NAMES.map(async (name) => await this.nodes[name].start()));
    await Promise.all(NODE_NAMES.map(async (name) => await this.nodes[name].synced(FIRST_BLOCKS)));
    await this.#fund();
    const { alice, bob, carol } = this.nodes;
    const shared = { amountSat: CHANNEL_SAT, pushSat: PUSH_SAT };
    const channels = await openChannels(this.btcd, [
      { ...shared, from: alice, to: bob },
      { ...shared, from: bob, to: carol },
    ]);
    for (const { chan_id } of channels) {
      for (const name of NODE_NAMES) await channelKnown(this.nodes[name], chan_id);
    }
  }

  /** Gives bob and carol coins of alice, who has those of the blocks. */
  async #fund(): Promise<void> {
    const { alice, bob, carol } = this.nodes;
    const whole = COINS_EACH * COIN_SAT;
    await untilTrue('alice to see her coins', async () => (await confirmedSat(alice)) > 3 * whole);
    const amounts: Record<string, string> = {};
    for (const node of [bob, carol]) {
      for (let coin = 0; coin < COINS_EACH; coin += 1) {
        amounts[await newAddress(node)] = String(COIN_SAT);
      }
    }
    await alice.client.call('lnrpc.Lightning/SendMany', {
      ...{ AddrToAmount: amounts, sat_per_vbyte: SAT_PER_VBYTE },
    });
    await this.mine(1);
    for (const node of [bob, carol]) {
      await untilTrue(
        `${node.name} to see its coins`,
        async () => (await confirmedSat(node)) >= whole,
      );
    }
  }
}

async function confirmedSat(node: LndNode): Promise<number> {
  return Number((await node.client.call('lnrpc.Lightning/WalletBalance', {})).confirmed_balance);
}

async function newAddress(node: LndNode): Promise<string> {
  const request = { type: 'WITNESS_PUBKEY_HASH' } as const;
  return (await node.client.call('lnrpc.Lightning/NewAddress', request)).address;
}
