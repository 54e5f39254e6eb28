import { describe, expect, it } from '@jest/globals';
import { getInfo, OUR_KEY, startLnd } from '../../../support/lnd-node.ts';

describe('LND: who it is', () => {
  it('says who it is, and where it can be reached (FC-19)', async () => {
    await using started = await startLnd();

    const info = await started.node.info();

    expect(info).toEqual({
      nodeKey: OUR_KEY,
      alias: 'alice',
      network: 'bcrt',
      version: '0.21.2-beta commit=v0.21.2-beta',
      synced: true,
      uris: [`${OUR_KEY}@203.0.113.7:9735`],
    });
  });

  it.each([
    ['mainnet', 'bc'],
    ['testnet', 'tb'],
    ['testnet4', 'tb'],
    ['signet', 'tbs'],
  ])('knows the network %s', async (network, prefix) => {
    await using started = await startLnd();
    started.lnd.answers('GetInfo', () => getInfo({ chains: [{ network }] }));

    expect((await started.node.info()).network).toBe(prefix);
  });

  it.each([
    ['another network', { chains: [{ network: 'simnet' }] }, 'chains.0.network'],
    ['no network', { chains: [] }, 'chains.0'],
    ['no key', { identity_pubkey: '' }, 'identity_pubkey'],
    ['a key of 32 bytes', { identity_pubkey: 'ab'.repeat(32) }, 'identity_pubkey'],
    ['no version', { version: '' }, 'version'],
  ])('believes nothing of an answer with %s', async (_, changes, fields) => {
    await using started = await startLnd();
    started.lnd.answers('GetInfo', () => getInfo(changes));

    const info = started.node.info();

    await expect(info).rejects.toMatchObject({
      name: 'NodeError',
      code: 'node-unavailable',
      message: 'The Lightning node cannot be used, try again later',
    });
    expect(started.log.lines).toContainEqual({
      message: 'LND gave an answer that makes no sense',
      fields: { rpc: '/lnrpc.Lightning/GetInfo', fields },
    });
  });

  it('tells what it can send and receive, to the millisatoshi', async () => {
    await using started = await startLnd();
    started.lnd.answers('ChannelBalance', () => ({
      local_balance: { msat: '123456789' },
      remote_balance: { msat: '0' },
    }));

    expect(await started.node.balance()).toEqual({ outbound: 123_456_789n, inbound: 0n });
  });

  it('does not take an empty answer for no money', async () => {
    await using started = await startLnd();
    started.lnd.answers('ChannelBalance', () => ({}));

    await expect(started.node.balance()).rejects.toMatchObject({ code: 'node-unavailable' });
  });
});
