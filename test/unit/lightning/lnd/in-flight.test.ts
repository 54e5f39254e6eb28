import { describe, expect, it } from '@jest/globals';
import type { PaymentHash } from '../../../../src/hex.ts';
import { startLnd } from '../../../support/lnd-node.ts';

const HASH = 'ab'.repeat(32) as PaymentHash;
const HTLC = { hash_lock: Buffer.from(HASH, 'hex') };
const OTHER = { hash_lock: Buffer.alloc(32, 1) };
const WAY = '7';
const CHANNEL = { active: true, chan_id: WAY, pending_htlcs: [OTHER] };
const ELSEWHERE = { active: true, chan_id: '8' };

/** A payment whose attempts went out through these channels and ended so. */
function payment(state: string, ...attempts: readonly [string, string][]): object {
  const htlcs = attempts.map(([status, chan_id]) => ({ status, route: { hops: [{ chan_id }] } }));
  return { payment_hash: HASH, status: state, htlcs };
}

const ONE_OUT = payment('IN_FLIGHT', ['FAILED', '8'], ['IN_FLIGHT', WAY]);

describe('LND: what the channels hold', () => {
  it.each([
    ['none has it', {}, [CHANNEL, ELSEWHERE], false],
    ['there is no channel', {}, [], false],
    ['one has it', {}, [CHANNEL, { ...ELSEWHERE, pending_htlcs: [OTHER, HTLC] }], true],
    ['one closes by force', { pending_force_closing_channels: [{}] }, [], true],
    ['one waits to be closed', { waiting_close_channels: [{}] }, [], true],
    ['one closes together, which holds nothing', { pending_closing_channels: [{}] }, [], false],
    ['the peer of its channel is away', {}, [{ ...CHANNEL, active: false }], true],
    [
      'the peer of its channel, by another name, is away',
      {},
      [{ ...CHANNEL, active: false, chan_id: '9', alias_scids: [WAY] }],
      true,
    ],
    ['another peer is away', {}, [CHANNEL, { ...ELSEWHERE, active: false }], false],
  ])('knows whether a payment may be in flight when %s', async (_, pending, channels, expected) => {
    await using started = await startLnd();
    started.lnd.streams('TrackPaymentV2', (stream) => stream.send(ONE_OUT));
    started.lnd.answers('PendingChannels', () => pending);
    started.lnd.answers('ListChannels', () => ({ channels }));

    expect(await started.node.mayBeInFlight(HASH)).toBe(expected);
  });

  it.each([
    ['has no attempt yet', payment('INITIATED'), true],
    ['looks for its next way', payment('IN_FLIGHT', ['FAILED', WAY]), true],
    ['has failed', payment('FAILED', ['FAILED', WAY]), false],
  ])('knows whether a payment that %s may be in flight', async (_, record, expected) => {
    await using started = await startLnd();
    started.lnd.streams('TrackPaymentV2', (stream) => stream.send(record));
    started.lnd.answers('PendingChannels', () => ({}));
    started.lnd.answers('ListChannels', () => ({ channels: [CHANNEL] }));

    expect(await started.node.mayBeInFlight(HASH)).toBe(expected);
  });

  it('looks for a payment that has no record on the channels alone', async () => {
    await using started = await startLnd();
    started.lnd.streams('TrackPaymentV2', (stream) => stream.fail(5, "payment isn't initiated"));
    started.lnd.answers('PendingChannels', () => ({}));
    started.lnd.answers('ListChannels', () => ({ channels: [{ pending_htlcs: [HTLC] }] }));

    expect(await started.node.mayBeInFlight(HASH)).toBe(true);
  });
});
