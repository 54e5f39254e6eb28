import { describe, expect, it } from '@jest/globals';
import { NodeError } from '../../../src/errors.ts';
import type { NodeKey, PaymentHash } from '../../../src/hex.ts';
import type { NodeInfo, PaymentOutcome } from '../../../src/lightning/node.ts';
import { Continuity } from '../../../src/payments/continuity.ts';
import { recordedLog } from '../../support/pay-store.ts';

const CANARY = 'ca'.repeat(32) as PaymentHash;
const PAID = { state: 'paid' } as PaymentOutcome;

/** A guard before a node whose contact, key and memory a test changes. */
function start() {
  const kept: string[] = [];
  const node = {
    contact: { epoch: 1, downAt: undefined },
    key: '02aa',
    memory: PAID as PaymentOutcome | undefined,
    asked: 0,
    info: async () => {
      node.asked += 1;
      return await Promise.resolve({ nodeKey: node.key as NodeKey } as NodeInfo);
    },
    trackPayment: async () => await Promise.resolve(node.memory),
  };
  const store = {
    newestPaid: async (): Promise<PaymentHash | undefined> => await Promise.resolve(CANARY),
    keepNodeKey: async (key: string) => {
      if (kept.length === 0) kept.push(key);
      return await Promise.resolve(kept[0] ?? key);
    },
  };
  return { node, store, continuity: new Continuity({ node, store, log: recordedLog() }) };
}

describe('the guard of the node', () => {
  it('looks once as long as contact holds', async () => {
    const { node, continuity } = start();

    const said = [await continuity.check(), await continuity.check()];

    expect(said).toEqual(['same', 'same']);
    expect(continuity.isFresh).toBe(true);
    expect(node.asked).toBe(1);
  });

  it('looks again when contact was lost', async () => {
    const { node, continuity } = start();
    await continuity.check();
    node.contact = { epoch: 2, downAt: undefined };

    const wasFresh = continuity.isFresh;

    expect(wasFresh).toBe(false);
    expect(await continuity.check()).toBe('same');
    expect(node.asked).toBe(2);
  });

  it('trusts the contact that answered, though asking made it', async () => {
    const { node, continuity } = start();
    const { info } = node;
    node.info = async () => {
      node.contact = { epoch: 7, downAt: undefined };
      return await info();
    };

    const said = await continuity.check();

    expect(said).toBe('same');
    expect(continuity.isFresh).toBe(true);
  });

  it('trusts nobody when contact was lost between two answers', async () => {
    const { node, store, continuity } = start();
    store.newestPaid = async () => {
      node.contact = { epoch: 2, downAt: undefined };
      return await Promise.resolve(undefined);
    };

    const said = await continuity.check();

    expect(said).toBe('unreachable');
    expect(continuity.isFresh).toBe(false);
  });

  it.each([
    ['has another key', { key: '02bb' }],
    ['has no record of our newest payment', { memory: undefined }],
  ])('stops everything when the node %s', async (_, changes) => {
    const { node, continuity } = start();
    await continuity.check();
    Object.assign(node, { contact: { epoch: 2, downAt: undefined }, ...changes });

    const said = await continuity.check();

    expect(said).toBe('changed');
    expect(continuity.changed).toBe(true);
  });

  it('says nothing of a node that does not answer', async () => {
    const { node, continuity } = start();
    node.info = async () => await Promise.reject(new NodeError('node-unavailable', 'down'));

    expect(await continuity.check()).toBe('unreachable');
    expect(continuity.changed).toBe(false);
  });
});
