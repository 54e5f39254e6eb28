import { describe, expect, it } from '@jest/globals';
import { loadCodecs } from '../../../../src/lightning/lnd/proto.ts';
import { RPCS, rightsOf } from '../../../../src/lightning/lnd/rpcs.ts';

describe('LND: calls and rights', () => {
  it('can write and read every call that is made', () => {
    const codecs = loadCodecs();

    const missing = Object.values(RPCS).filter(({ path }) => !codecs.has(path));

    expect(missing).toEqual([]);
  });

  it('lets no macaroon do more than its flow', () => {
    expect(rightsOf('receive').join(' ')).not.toMatch(/SendPayment|OpenChannel/);
    expect(rightsOf('pay').join(' ')).not.toMatch(/AddInvoice|CancelInvoice|OpenChannel/);
    expect(rightsOf('channel').join(' ')).not.toMatch(/SendPayment|Invoice/);
  });

  it('never makes a payment or a channel twice', () => {
    const once = [RPCS.sendPayment, RPCS.openChannel, RPCS.trackPayment];

    expect(once.map(({ again }) => again)).toEqual(['never', 'never', 'never']);
  });
});
