import { describe, expect, it } from '@jest/globals';
import type { NodeKey } from '../../../../src/hex.ts';
import type { OpenChannelRequest } from '../../../../src/lightning/node.ts';
import { startLnd } from '../../../support/lnd-node.ts';
import type { AnswerStream } from '../../../support/lnd-server.ts';

const PEER = `03${'33'.repeat(32)}` as NodeKey;
const TXID = '0123456789abcdef'.repeat(4);
const TXID_BYTES = Buffer.from(TXID, 'hex').reverse();
const PENDING = { chan_pending: { txid: TXID_BYTES, output_index: 1 } };
const REQUEST: OpenChannelRequest = {
  peer: PEER,
  capacitySat: 100_000,
  pushSat: 1_000,
  private: true,
  satPerVbyte: 2,
  memo: 'boltgate ch_1',
};
const UNKNOWN = { state: 'unknown' };

describe('LND: opening a channel', () => {
  it('asks once and answers as soon as it is pending', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.streams('OpenChannel', (stream) => stream.send(PENDING));

    const ending = await node.openChannel(REQUEST);

    expect(ending).toEqual({ state: 'opened', fundingOutpoint: `${TXID}:1` });
    expect(lnd.heardOf('OpenChannel').map(({ request }) => request)).toEqual([
      {
        node_pubkey: Buffer.from(PEER, 'hex'),
        local_funding_amount: '100000',
        push_sat: '1000',
        private: true,
        sat_per_vbyte: '2',
        memo: 'boltgate ch_1',
      },
    ]);
  });

  it('leaves the fee to LND when none is given', async () => {
    await using started = await startLnd();
    started.lnd.streams('OpenChannel', (stream) => stream.send(PENDING));

    await started.node.openChannel({ ...REQUEST, satPerVbyte: undefined });

    expect(started.lnd.heardOf('OpenChannel')[0]?.request).toMatchObject({ sat_per_vbyte: '0' });
  });

  it.each([
    ['received funding error from 03aa: chan_id=bb, err=chan size', 'peer-refused'],
    [`peer ${PEER} is not online`, 'peer-offline'],
    [`peer ${PEER} disconnected`, 'peer-offline'],
    ['cannot open channel to self', 'to-self'],
    ['channel is too small, the minimum channel size is: 20000 SAT', 'too-small'],
    ['funding amount is too large, the max channel size is: 0.16777215 BTC', 'too-large'],
    ['not enough witness outputs to create funding transaction, need 1 only have 0', 'no-funds'],
    ['reserved wallet balance invalidated: …', 'reserve'],
    ['channels cannot be created before the wallet is fully synced', 'not-synced'],
    ['server is still in the process of starting', 'not-synced'],
    ['amount pushed to remote peer for initial state must be below the local', 'other'],
    ['provided memo (501 bytes) exceeds 500', 'other'],
  ])('knows that there is none when LND says %j (FC-20)', async (text, reason) => {
    await using started = await startLnd();
    started.lnd.streams('OpenChannel', (stream) => stream.fail(2, text));

    expect(await started.node.openChannel(REQUEST)).toEqual({ state: 'failed', reason });
  });

  it.each<[string, (stream: AnswerStream) => void]>([
    ['a good end without a word', (stream) => stream.end()],
    ['words that it does not know', (stream) => stream.fail(2, 'something new')],
    ['a refused macaroon', (stream) => stream.fail(2, 'permission denied')],
    ['LND going down', (stream) => stream.fail(2, 'server shutting down')],
    ['a broken connection', (stream) => stream.fail(14, 'cannot open channel to self')],
    ['no transaction', (stream) => stream.send({ chan_pending: { output_index: 0 } })],
    [
      'a transaction of zeros',
      (stream) => stream.send({ chan_pending: { txid: Buffer.alloc(32), output_index: 0 } }),
    ],
  ])('does not know what became of it after %s', async (_, streamed) => {
    await using started = await startLnd();
    started.lnd.streams('OpenChannel', streamed);

    expect(await started.node.openChannel(REQUEST)).toEqual(UNKNOWN);
    expect(started.lnd.heardOf('OpenChannel')).toHaveLength(1);
  });

  it('does not know when nobody waits for the answer any more', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.streams('OpenChannel', () => undefined);
    const stop = new AbortController();
    const opening = node.openChannel(REQUEST, stop.signal);
    await lnd.untilHeard('OpenChannel');

    stop.abort();

    expect(await opening).toEqual(UNKNOWN);
  });
});

describe('LND: finding a channel', () => {
  const wanted = { channel_point: `${TXID}:1`, memo: 'boltgate ch_1' };
  const another = { channel_point: `${'ff'.repeat(32)}:0`, memo: 'boltgate ch_11' };
  const none = { channels: [another] };

  it.each([
    ['pending', { pending_open_channels: [{ channel: wanted }] }, none],
    ['open', { pending_open_channels: [{ channel: another }] }, { channels: [another, wanted] }],
    ['closing', { waiting_close_channels: [{ channel: wanted }] }, none],
    ['closing together', { pending_closing_channels: [{ channel: wanted }] }, none],
    ['closing by force', { pending_force_closing_channels: [{ channel: wanted }] }, none],
  ])('finds one that is %s', async (_, pending, list) => {
    await using started = await startLnd();
    started.lnd.answers('PendingChannels', () => pending);
    started.lnd.answers('ListChannels', () => list);

    expect(await started.node.findChannel('boltgate ch_1')).toBe(`${TXID}:1`);
  });

  it('finds nothing under another memo', async () => {
    await using started = await startLnd();
    started.lnd.answers('PendingChannels', () => ({}));
    started.lnd.answers('ListChannels', () => none);

    expect(await started.node.findChannel('boltgate ch_1')).toBeUndefined();
  });

  it('does not believe a list that makes no sense', async () => {
    await using started = await startLnd();
    started.lnd.answers('PendingChannels', () => ({}));
    started.lnd.answers('ListChannels', () => ({ channels: [{ ...wanted, channel_point: '' }] }));

    const found = started.node.findChannel('boltgate ch_1');

    await expect(found).rejects.toMatchObject({ name: 'NodeError', code: 'node-unavailable' });
  });

  it('knows who is connected (LUD-02)', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.answers('ListPeers', () => ({ peers: [{ pub_key: PEER }] }));

    const other = `02${'44'.repeat(32)}` as NodeKey;
    expect([await node.isPeerConnected(PEER), await node.isPeerConnected(other)]).toEqual([
      true,
      false,
    ]);
  });
});
