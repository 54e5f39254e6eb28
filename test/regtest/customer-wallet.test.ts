import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PROJECT } from '../support/server-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { RegtestNetwork } from './network/network.ts';
import { NodeServer } from './server.ts';
import { walletSettings } from './settings.ts';
import { Counter } from './support/counter.ts';

jest.setTimeout(120_000);

const CLI = join(PROJECT, 'dist/cli/boltgate.js');
const run = promisify(execFile);

describe('the wallet of the command line, on a node of the customer', () => {
  const folder = tempFolder();
  let network: RegtestNetwork;
  let server: NodeServer;
  let counter: Counter;

  beforeAll(async () => {
    network = await RegtestNetwork.start();
    const { alice } = network.nodes;
    const env = { BOLTGATE_LND_URI: `${alice.publicKey}@${alice.peerHost}` };
    server = await NodeServer.start({ node: alice, home: folder.path, env });
    counter = new Counter(server);
  });

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await network?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** What a command of carol's says. */
  async function wallet(...args: readonly string[]) {
    const env = { ...process.env, ...walletSettings(network.nodes.carol) };
    const { stdout } = await run(process.execPath, [CLI, 'wallet', ...args, '--json'], { env });
    return JSON.parse(stdout);
  }

  it('pays a link over two hops (LUD-06)', async () => {
    const terms = { description: 'Coffee', minMsat: 1_000, maxMsat: 100_000_000 };
    const link = await counter.operator('POST', '/pay-links', terms);

    const paid = await wallet('pay', link.lnurl, '21sat');

    expect(paid).toMatchObject({ state: 'paid', amountMsat: 21_000, feeMsat: 1_000 });
  });

  it('is paid by a voucher (LUD-03)', async () => {
    const terms = { description: 'A gift', minMsat: 50_000, maxMsat: 50_000, uses: 1 };
    const voucher = await counter.operator('POST', '/withdraw-links', terms);

    const received = await wallet('withdraw', voucher.lnurl);

    expect(received).toMatchObject({ state: 'received', amountMsat: 50_000 });
  });

  it('connects, and asks for a channel (LUD-02)', async () => {
    const offer = await counter.operator('POST', '/channel-offers', { capacitySat: 50_000 });

    const asked = await wallet('channel', offer.lnurl);

    const { carol } = network.nodes;
    expect(asked).toMatchObject({ state: 'requested', nodeKey: carol.publicKey });
  });
});
