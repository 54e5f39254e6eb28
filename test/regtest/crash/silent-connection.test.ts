import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { LndNode } from '../../../src/lightning/lnd/lnd-node.ts';
import { adapterFor } from '../../support/lnd-adapter.ts';
import { RegtestNetwork } from '../network/network.ts';
import { untilTrue } from '../network/until.ts';
import { TcpProxy } from './proxy.ts';

jest.setTimeout(120_000);

/** Ten seconds until LND is asked whether it is there, five for its answer, and a busy machine. */
const NOTICED_WITHIN_MS = 20_000;

let network: RegtestNetwork;
let proxy: TcpProxy;
let node: LndNode;

beforeAll(async () => {
  network = await RegtestNetwork.start();
  proxy = await TcpProxy.start(network.nodes.alice.rpcPort);
  node = adapterFor(network.nodes.alice, { host: `localhost:${proxy.port}` });
});

afterAll(async () => {
  await node?.[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
});

it('finds a connection lost that is open and silent, and makes another', async () => {
  await untilTrue('the adapter to be connected', () => node.health.state === 'active');
  const stop = new AbortController();
  // As the server does all the time: LND takes no pings without a call.
  const watching = endOf(node.watchInvoices(stop.signal));
  const { nodeKey } = await node.info();
  const { epoch } = node.contact;

  proxy.stall();

  await untilTrue('the loss', () => node.contact.epoch > epoch, NOTICED_WITHIN_MS);
  proxy.letGo();
  await untilTrue('the adapter to be connected', () => node.health.state === 'active');
  expect(await watching).toBe('broken');
  expect((await node.info()).nodeKey).toBe(nodeKey);
  stop.abort();
});

async function endOf(updates: AsyncIterable<unknown>): Promise<'ended' | 'broken'> {
  try {
    for await (const _ of updates);
    return 'ended';
  } catch {
    return 'broken';
  }
}
