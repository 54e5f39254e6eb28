import { describe, expect, it, jest } from '@jest/globals';
import { NodeError } from '../../../src/errors.ts';
import type { NodeKey, PaymentHash, Preimage } from '../../../src/hex.ts';
import { DemoNetwork } from '../../../src/lightning/demo/network.ts';
import type { PaymentOutcome } from '../../../src/lightning/node.ts';
import { msat } from '../../../src/msat.ts';
import { Continuity, type ContinuityStore } from '../../../src/payments/continuity.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordedLog } from '../../support/pay-store.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const CANARY = 'aa'.repeat(32) as PaymentHash;
const PAID: PaymentOutcome = {
  ...{ state: 'paid', preimage: 'bb'.repeat(32) as Preimage, fee: msat(0n) },
};

function start({ kept, paid }: { kept?: string; paid?: PaymentHash } = {}) {
  const clock = new ManualClock();
  const network = new DemoNetwork({
    ...{ seed: new Uint8Array(32), clock, random: seededRandom('continuity') },
  });
  const node = network.ours;
  const log = recordedLog();
  const memory = { key: kept, paid };
  const store: ContinuityStore = {
    async keepNodeKey(key) {
      memory.key ??= key;
      return memory.key;
    },
    newestPaid: async () => memory.paid,
  };
  const info = jest.spyOn(node, 'info');
  const track = jest.spyOn(node, 'trackPayment');
  const continuity = new Continuity({ store, node, log });
  return { clock, network, node, log, memory, info, track, continuity };
}

describe('the guard over the node', () => {
  it('keeps the key of the first node, and trusts it while nothing was paid', async () => {
    const { continuity, memory, node, track } = start();

    expect(await continuity.check()).toBe('same');
    expect(memory.key).toBe((await node.info()).nodeKey);
    expect(track).not.toHaveBeenCalled();
  });

  it('looks once as long as contact lasts, and again when it was lost', async () => {
    const { continuity, network, info } = start();

    await continuity.check();
    await continuity.check();
    const calls = [info.mock.calls.length];
    network.faults.goDown();
    network.faults.comeBack();
    await continuity.check();
    calls.push(info.mock.calls.length);

    expect(calls).toEqual([1, 2]);
  });

  it('trusts a node that remembers what it paid', async () => {
    const { continuity, track } = start({ paid: CANARY });
    track.mockResolvedValue(PAID);

    expect(await continuity.check()).toBe('same');
    expect(track.mock.calls[0]?.[0]).toBe(CANARY);
  });

  it.each<[string, PaymentOutcome | undefined]>([
    ['no record', undefined],
    ['a payment under way', { state: 'unknown' }],
    ['a payment that failed', { state: 'failed', reason: 'no-route' }],
  ])('trusts no node that has %s of what it paid', async (_name, outcome) => {
    const { continuity, track, log } = start({ paid: CANARY });
    track.mockResolvedValue(outcome);

    expect(await continuity.check()).toBe('changed');
    expect(continuity.changed).toBe(true);
    expect(log.lines.map(({ level }) => level)).toEqual(['error']);
  });

  it('trusts no node with another key, whatever it remembers', async () => {
    const { continuity, track } = start({ kept: `02${'cc'.repeat(32)}`, paid: CANARY });
    track.mockResolvedValue(PAID);

    expect(await continuity.check()).toBe('changed');
  });

  it('does not change its mind, and says so once', async () => {
    const { continuity, track, log, network } = start({ paid: CANARY });
    track.mockResolvedValueOnce(undefined);
    await continuity.check();
    track.mockResolvedValue(PAID);
    network.faults.goDown();
    network.faults.comeBack();

    expect(await continuity.check()).toBe('changed');
    expect(log.lines).toHaveLength(1);
  });

  it.each(['info', 'trackPayment'] as const)(
    'concludes nothing while the node does not answer %s',
    async (call) => {
      const { continuity, node, track } = start({ paid: CANARY });
      track.mockResolvedValue(PAID);
      const silent = new NodeError('node-unavailable', 'no answer');
      jest.spyOn(node, call).mockRejectedValueOnce(silent);

      expect(await continuity.check()).toBe('unreachable');
      expect(continuity.changed).toBe(false);
      expect(await continuity.check()).toBe('same');
    },
  );

  it('looks again when contact was lost while it looked', async () => {
    const { continuity, network, info, node } = start();
    const answer = await node.info();
    await continuity.check();
    network.faults.goDown();
    network.faults.comeBack();
    info.mockImplementationOnce(async () => {
      network.faults.goDown();
      network.faults.comeBack();
      return answer;
    });
    info.mockResolvedValue({ ...answer, nodeKey: `03${'dd'.repeat(32)}` as NodeKey });

    expect(await continuity.check()).toBe('changed');
  });

  it('passes on what is wrong with the store', async () => {
    const { node, log } = start();
    const store: ContinuityStore = {
      keepNodeKey: async () => {
        throw new RangeError('the store is gone');
      },
      newestPaid: async () => undefined,
    };

    await expect(new Continuity({ store, node, log }).check()).rejects.toThrow('store is gone');
  });

  it('knows of a restart only when the node was seen to be down after that moment', () => {
    const { continuity, network, clock } = start();
    const before = clock.now();

    const never = continuity.restartedSince(before - 1);
    network.faults.goDown();
    network.faults.comeBack();

    expect(never).toBe(false);
    expect(continuity.restartedSince(before - 1)).toBe(true);
    expect(continuity.restartedSince(before)).toBe(false);
  });
});
