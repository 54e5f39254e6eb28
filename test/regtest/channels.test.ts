import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { tempFolder } from '../support/temp-folder.ts';
import { channelKnown, channelsOf, connect } from './network/channels.ts';
import type { LndNode } from './network/lnd.ts';
import { RegtestNetwork } from './network/network.ts';
import { until } from './network/until.ts';
import { NodeServer } from './server.ts';
import { Counter } from './support/counter.ts';
import { OK, refusal } from './support/voucher.ts';

jest.setTimeout(120_000);

const CAPACITY_SAT = 200_000;
const PUSH_SAT = 20_000;
/** What carol does not want to be bothered with; every node opens 20,000 sat. */
const LEAST_SAT = 50_000;
/** What is left to carol at the end, more than lnd ever reserves; and what she is left with of that. */
const CAROLS_SAT = 200_000;
const LEFT_SAT = 5_000;
/** Wallets hear within 3 s, whatever happens behind us. */
const PATIENCE_MS = 3_000;

const folder = tempFolder();
let network: RegtestNetwork;
let server: NodeServer;
let counter: Counter;

beforeAll(async () => {
  network = await RegtestNetwork.start({ flags: { carol: [`--minchansize=${LEAST_SAT}`] } });
  const { alice } = network.nodes;
  // FC-19: what a node on the loopback announces is not good for a wallet elsewhere.
  const env = { BOLTGATE_LND_URI: `${alice.publicKey}@${alice.peerHost}` };
  server = await NodeServer.start({ node: alice, home: join(folder.path, 'server'), env });
  counter = new Counter(server);
});

afterAll(async () => {
  network?.nodes.carol.resume();
  await server?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

// First, because nodes that have a channel connect again by themselves.
it('LUD02-5: a wallet that is not connected is told so in time, and may come again', async () => {
  const { carol } = network.nodes;
  const offer = await Offer.make();
  const startedAt = performance.now();

  const early = await offer.ask({ remoteid: carol.publicKey });

  const tookMs = performance.now() - startedAt;
  const after = [await offer.requests(), await offer.usesLeft()];
  await offer.connectAs(carol);
  const later = await offer.ask({ remoteid: carol.publicKey });
  expect(early).toEqual(refusal('not connected to peer'));
  expect(tookMs).toBeLessThan(PATIENCE_MS);
  expect(after).toEqual([[], 1]);
  expect(later).toEqual(OK);
  await offer.opened();
});

it.each([
  ['private', 1, true],
  ['public', 0, false],
] as const)('LUD-02: a connected wallet gets a %s channel', async (_, wish, isPrivate) => {
  const { alice, bob, carol } = network.nodes;
  const offer = await Offer.make({ pushSat: PUSH_SAT });
  await offer.connectAs(carol);

  const answer = await offer.ask({ remoteid: carol.publicKey, private: wish });

  expect(answer).toEqual(OK);
  const { id, fundingOutpoint } = await offer.opened();
  const pending = await pendingOf(carol, fundingOutpoint);
  await network.mine(6);
  const [ours, theirs] = await Promise.all(
    [alice, carol].map(async (node) => await activeOf(node, fundingOutpoint)),
  );
  const terms = { capacity: String(CAPACITY_SAT), private: isPrivate };
  expect(pending).toMatchObject(terms);
  expect(ours).toMatchObject({ ...terms, remote_pubkey: carol.publicKey, memo: `lnurlc:${id}` });
  expect(theirs).toMatchObject({ ...terms, local_balance: String(PUSH_SAT) });
  if (!isPrivate) await channelKnown(bob, theirs?.chan_id ?? '');
});

it('LUD02-6: however often a wallet calls, it gets one channel, and nobody else gets it', async () => {
  const { alice, bob, carol } = network.nodes;
  const offer = await Offer.make();
  await offer.connectAs(carol);
  const remoteid = carol.publicKey;

  const atOnce = await Promise.all([1, 2, 3].map(async () => await offer.ask({ remoteid })));
  const { id } = await offer.opened();
  const again = await offer.ask({ remoteid });
  const stranger = await offer.ask({ remoteid: bob.publicKey });
  const tooLate = await offer.ask({ cancel: 1 });

  expect([...atOnce, again]).toEqual([OK, OK, OK, OK]);
  expect(stranger).toEqual(refusal('already used'));
  expect(tooLate).toEqual(refusal('too late, the channel is being opened'));
  expect(await offer.requests()).toHaveLength(1);
  expect(await memosOf(alice)).toEqual(expect.arrayContaining([`lnurlc:${id}`]));
  expect((await memosOf(alice)).filter((memo) => memo === `lnurlc:${id}`)).toHaveLength(1);
});

it('LUD02-4: what a wallet cancelled is not opened any more', async () => {
  const { alice, carol } = network.nodes;
  const offer = await Offer.make();
  await offer.connectAs(carol);
  const before = await memosOf(alice);

  const answers = [
    await offer.ask({ remoteid: carol.publicKey, cancel: 1 }),
    await offer.ask({ cancel: 1 }),
    await offer.ask({ remoteid: carol.publicKey }),
  ];

  expect(answers).toEqual([OK, OK, refusal('This channel was cancelled, scan the code again')]);
  expect(await offer.requests()).toMatchObject([{ state: 'cancelled' }]);
  expect(await memosOf(alice)).toEqual(before);
});

it('LUD02-8: no channel is opened to the node itself', async () => {
  const offer = await Offer.make();

  const answer = await offer.ask({ remoteid: network.nodes.alice.publicKey });

  expect(answer).toEqual(refusal('cannot open to this node'));
  expect(await offer.usesLeft()).toBe(1);
});

it('FC-20: what the other node finds too small is refused at once, and gives its use back', async () => {
  const { carol } = network.nodes;
  const offer = await Offer.make({ capacitySat: LEAST_SAT - 1 });
  await offer.connectAs(carol);

  const small = await offer.ask({ remoteid: carol.publicKey });

  const after = [await offer.requests(), await offer.usesLeft()];
  await counter.operator('PATCH', `/channel-offers/${offer.id}`, { capacitySat: LEAST_SAT });
  const enough = await offer.ask({ remoteid: carol.publicKey });
  expect(small).toEqual(
    refusal('your node refused the channel, look at its settings and try again'),
  );
  expect(after).toMatchObject([[{ state: 'failed', reason: 'peer-refused' }], 1]);
  expect(enough).toEqual(OK);
  await offer.opened();
});

describe('FC-20: a node that cannot pay for a channel', () => {
  let poor: NodeServer;

  beforeAll(async () => {
    const { alice, carol } = network.nodes;
    await impoverish(carol, alice);
    const env = { BOLTGATE_LND_URI: `${carol.publicKey}@${carol.peerHost}` };
    poor = await NodeServer.start({ node: carol, home: join(folder.path, 'poor'), env });
  });

  afterAll(async () => {
    await poor?.[Symbol.asyncDispose]();
  });

  it.each([
    ['has not got that much', 'no-funds', CAROLS_SAT + 1],
    ['would touch the reserve for its channels', 'reserve', CAROLS_SAT - LEFT_SAT],
  ] as const)('refuses at once when it %s, and gives the use back', async (_, reason, size) => {
    const { bob } = network.nodes;
    // LND keeps its reserve for public channels alone.
    const terms = { capacitySat: size, satPerVbyte: 1, private: 'never' };
    const offer = await Offer.make(terms, new Counter(poor));
    await offer.connectAs(bob);

    const answer = await offer.ask({ remoteid: bob.publicKey });

    expect(answer).toEqual(refusal('no channel can be paid for at the moment, try again later'));
    expect(await offer.requests()).toMatchObject([{ state: 'failed', reason }]);
    expect(await offer.usesLeft()).toBe(1);
  });
});

it('LUD02-7: a node that keeps silent is waited for after its wallet has heard', async () => {
  const { carol } = network.nodes;
  const offer = await Offer.make();
  await offer.connectAs(carol);
  carol.pause();
  const startedAt = performance.now();

  const answer = await offer.ask({ remoteid: carol.publicKey });

  const tookMs = performance.now() - startedAt;
  const meanwhile = await offer.requests();
  carol.resume();
  expect(answer).toEqual(OK);
  expect(tookMs).toBeLessThan(PATIENCE_MS);
  expect(meanwhile).toMatchObject([{ state: 'opening' }]);
  const { fundingOutpoint } = await offer.opened();
  expect(await pendingOf(carol, fundingOutpoint)).toBeDefined();
});

it('leaves the ledger as it was', async () => {
  expect(await counter.reconcile()).toMatchObject({ agrees: true, differences: [], heldMsat: 0 });
});

/** A channel offer of one use, and a wallet that has read it once. */
class Offer {
  readonly id: string;
  readonly #counter: Counter;
  readonly #uri: string;
  readonly #callback: string;
  readonly #k1: string;

  static async make(terms: object = {}, of: Counter = counter): Promise<Offer> {
    const asked = { capacitySat: CAPACITY_SAT, ...terms };
    const { id, url } = await of.operator('POST', '/channel-offers', asked);
    const request = await of.wallet(url);
    expect(request.tag).toBe('channelRequest');
    return new Offer(of, id, request);
  }

  private constructor(
    of: Counter,
    id: string,
    { uri, callback, k1 }: Readonly<Record<'uri' | 'callback' | 'k1', string>>,
  ) {
    this.#counter = of;
    this.id = id;
    this.#uri = uri;
    this.#callback = callback;
    this.#k1 = k1;
  }

  /** LUD-02: the wallet connects to where it was told. */
  async connectAs(wallet: LndNode): Promise<void> {
    const [publicKey = '', peerHost = ''] = this.#uri.split('@');
    await connect(wallet, { publicKey, peerHost, name: 'the node of the offer' });
  }

  /** LUD-02, second call. */
  async ask(query: Readonly<Record<string, string | number>>) {
    return await this.#counter.wallet(this.#callback, { k1: this.#k1, ...query });
  }

  /** What was asked for, as the operator sees it, the newest first. */
  async requests() {
    return (await this.#counter.operator('GET', `/channels?linkId=${this.id}`)).items;
  }

  async usesLeft() {
    return (await this.#counter.operator('GET', `/channel-offers/${this.id}`)).usesLeft;
  }

  /** Waits until the newest request is opened. */
  async opened() {
    return await until('a channel to be opened', async () => {
      const [newest] = await this.requests();
      return newest?.state === 'opened' ? newest : undefined;
    });
  }
}

async function pendingOf(node: LndNode, fundingOutpoint: string) {
  return await until(`${node.name} to see a new channel`, async () => {
    const pending = await node.client.call('lnrpc.Lightning/PendingChannels', {});
    return pending.pending_open_channels.find(
      ({ channel }) => channel?.channel_point === fundingOutpoint,
    )?.channel;
  });
}

async function activeOf(node: LndNode, fundingOutpoint: string) {
  return await until(`${node.name} to use a new channel`, async () => {
    const channels = await channelsOf(node);
    return channels.find(
      ({ active, channel_point }) => active && channel_point === fundingOutpoint,
    );
  });
}

/** The notes of all channels of a node, open or not yet. */
async function memosOf(node: LndNode): Promise<readonly string[]> {
  const pending = await node.client.call('lnrpc.Lightning/PendingChannels', {});
  const open = await channelsOf(node);
  const notYet = pending.pending_open_channels.flatMap(({ channel }) => channel?.memo ?? []);
  return [...open.map(({ memo }) => memo), ...notYet].toSorted();
}

/** Gives all coins of a node to another, but for so many. */
async function impoverish(node: LndNode, heir: LndNode): Promise<void> {
  const confirmed = async () =>
    Number((await node.client.call('lnrpc.Lightning/WalletBalance', {})).confirmed_balance);
  const before = await confirmed();
  const request = { type: 'WITNESS_PUBKEY_HASH' } as const;
  const { address } = await heir.client.call('lnrpc.Lightning/NewAddress', request);
  await node.client.call('lnrpc.Lightning/SendMany', {
    AddrToAmount: { [address]: String(before - CAROLS_SAT) },
    sat_per_vbyte: '1',
  });
  await network.mine(1);
  await until(`${node.name} to be poor`, async () => {
    const now = await confirmed();
    return (now > 0 && now <= CAROLS_SAT) || undefined;
  });
}
