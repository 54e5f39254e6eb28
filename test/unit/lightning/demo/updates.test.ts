import { describe, expect, it } from '@jest/globals';
import type { PaymentHash } from '../../../../src/hex.ts';
import { Updates } from '../../../../src/lightning/demo/updates.ts';
import type { InvoiceUpdate } from '../../../../src/lightning/node.ts';

const UPDATE: InvoiceUpdate = { paymentHash: 'ab'.repeat(32) as PaymentHash, state: 'open' };

function start() {
  const updates = new Updates();
  const [stop, up] = [new AbortController(), new AbortController()];
  const watch = () => updates.watch(stop.signal, up.signal)[Symbol.asyncIterator]();
  return { updates, stop, up, watch };
}

describe('updates of invoices', () => {
  it('reach every reader from the moment it subscribes', async () => {
    const { updates, watch } = start();
    const [one, two] = [watch(), watch()];

    updates.publish(UPDATE);

    expect([await one.next(), await two.next()]).toEqual([
      { done: false, value: UPDATE },
      { done: false, value: UPDATE },
    ]);
  });

  it('end when the reader stops, also while it waits', async () => {
    const { stop, watch } = start();
    const next = watch().next();

    stop.abort();

    expect(await next).toEqual({ done: true, value: undefined });
    expect(await watch().next()).toEqual({ done: true, value: undefined });
  });

  it('break for a reader that falls 10,000 behind', async () => {
    const { updates, watch } = start();
    const reader = watch();

    for (let count = 0; count < 10_001; count += 1) updates.publish(UPDATE);

    await expect(reader.next()).rejects.toMatchObject({ code: 'node-unavailable' });
  });
});
