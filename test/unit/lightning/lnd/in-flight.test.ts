import { describe, expect, it } from '@jest/globals';
import type { PaymentHash } from '../../../../src/hex.ts';
import { startLnd } from '../../../support/lnd-node.ts';

const HASH = 'ab'.repeat(32) as PaymentHash;
const HTLC = { hash_lock: Buffer.from(HASH, 'hex') };
const OTHER = { hash_lock: Buffer.alloc(32, 1) };

describe('LND: what the channels hold', () => {
  it.each([
    ['none has it', {}, [{ pending_htlcs: [OTHER] }, {}], false],
    ['there is no channel', {}, [], false],
    ['one has it', {}, [{}, { pending_htlcs: [OTHER, HTLC] }], true],
    ['one closes by force', { pending_force_closing_channels: [{}] }, [], true],
    ['one waits to be closed', { waiting_close_channels: [{}] }, [], true],
    ['one closes together, which holds nothing', { pending_closing_channels: [{}] }, [], false],
  ])('knows whether a payment may be in flight when %s', async (_, pending, channels, expected) => {
    await using started = await startLnd();
    started.lnd.answers('PendingChannels', () => pending);
    started.lnd.answers('ListChannels', () => ({ channels }));

    expect(await started.node.mayBeInFlight(HASH)).toBe(expected);
  });
});
