import { expect } from '@jest/globals';
import type { NodeKey } from '../../src/hex.ts';
import { nodeKeyOf } from '../../src/lightning/bolt11/signature.ts';
import type { ChannelRequest } from '../../src/lnurl/channel/channel.ts';
import { PUBLIC_URL, type start } from './start.ts';
import { type MadeLink, until } from './wallet.ts';

type Server = Awaited<ReturnType<typeof start>>;
type Facts = Readonly<Record<string, unknown>>;
type Query = Readonly<Record<string, string | number>>;

export const OK = { status: 'OK' };

/** What a wallet is told when it gets no channel. */
export function refusal(reason: string): object {
  return { status: 'ERROR', reason };
}

/** The key of a node that is nobody else. */
export function keyOf(number: number): NodeKey {
  return nodeKeyOf(Buffer.alloc(32, number));
}

/** Makes a channel offer; what is not said is one channel of 100,000 sat. */
export async function makeOffer(server: Server, fields: object = {}): Promise<MadeLink> {
  const { status, body } = await server.operator
    .post('/api/v1/channel-offers')
    .send({ capacitySat: 100_000, ...fields });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

/** The offer as the operator sees it. */
export async function offerOf(server: Server, { id }: Pick<MadeLink, 'id'>): Promise<Facts> {
  const { status, body } = await server.operator.get(`/api/v1/channel-offers/${id}`);
  expect(status).toBe(200);
  return body;
}

/** Requests for channels as the operator sees them, the newest first. */
export async function channelsOf(server: Server, query: Query = {}): Promise<readonly Facts[]> {
  const { status, body } = await server.operator.get('/api/v1/channels').query(query);
  expect(status).toBe(200);
  return body.items;
}

/** LUD-02, first call, with the looks of a strict wallet at what comes back. */
export async function readChannelRequest(server: Server, url: string): Promise<ChannelRequest> {
  const { status, body } = await server.wallet.get(server.local(url));
  expect([status, body]).toEqual([
    200,
    {
      tag: 'channelRequest',
      uri: expect.stringMatching(/^0[23][0-9a-f]{64}@[^@]+:\d+$/),
      callback: expect.stringContaining(`${PUBLIC_URL}/`),
      k1: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
  return body;
}

/** LUD-02, second call: `?k1=` is appended to whatever the callback is, as wallets do it. */
export async function askChannel(
  server: Server,
  { callback, k1 }: Pick<ChannelRequest, 'callback' | 'k1'>,
  query: Query,
): Promise<object> {
  const more = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, `${value}`]),
  );
  const { status, body } = await server.wallet.get(`${server.local(callback)}?k1=${k1}&${more}`);
  expect(status).toBe(200);
  return body;
}

/** Both calls of the customer's wallet, which is connected. */
export async function takeChannel(server: Server, url: string, query: Query = {}): Promise<object> {
  server.network.connect();
  const request = await readChannelRequest(server, url);
  return await askChannel(server, request, { remoteid: await customerKey(server), ...query });
}

export async function customerKey({ network }: Pick<Server, 'network'>): Promise<NodeKey> {
  return (await network.customer.info()).nodeKey;
}

/** What our own loops sleep is longer. */
const LONGEST_WAIT_MS = 800;

/** Waits for an answer while the server's clock goes on for whatever it waits for. */
export async function meanwhile<T>({ clock }: Pick<Server, 'clock'>, call: Promise<T>): Promise<T> {
  let isDone = false;
  const done = call.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise(setImmediate);
    const { nextWakeMs } = clock;
    if (!isDone && nextWakeMs <= LONGEST_WAIT_MS) clock.advance(nextWakeMs);
  }
  return await done;
}

/** Waits until the node was asked for a channel and keeps silent, and then for what the wallet hears. */
export async function silently<T>(server: Server, call: Promise<T>): Promise<T> {
  await until(
    async () => await channelsOf(server, { state: 'opening' }),
    (channels) => channels.length > 0,
  );
  return await meanwhile(server, call);
}
