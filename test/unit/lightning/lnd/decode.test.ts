import { describe, expect, it } from '@jest/globals';
import { OUR_KEY, startLnd } from '../../../support/lnd-node.ts';
import { LndStatus } from '../../../support/lnd-server.ts';

const PAYEE = `03${'22'.repeat(32)}`;
const HASH = 'ab'.repeat(32);
const PAY_REQ = {
  destination: PAYEE,
  payment_hash: HASH,
  num_msat: '1234567',
  timestamp: '1700000000',
  expiry: '3600',
  description_hash: 'CD'.repeat(32),
};
const DECODED = {
  paymentHash: HASH,
  amount: 1_234_567n,
  descriptionHash: 'cd'.repeat(32),
  createdAt: 1_700_000_000_000,
  expiresAt: 1_700_003_600_000,
  payee: PAYEE,
};

describe('LND: reading an invoice', () => {
  it.each([
    ['everything', {}, {}],
    ['no amount', { num_msat: '0' }, { amount: undefined }],
    ['no hash of a description', { description_hash: '' }, { descriptionHash: undefined }],
    ['no time to live', { expiry: '0' }, { expiresAt: 1_700_000_000_000 }],
    [
      'a life without end',
      { expiry: '9223372036854775807' },
      { expiresAt: 1_700_000_000_000 + 2 ** 35 * 1000 },
    ],
  ])('reads one with %s', async (_, wire, changes) => {
    await using started = await startLnd();
    started.lnd.answers('DecodePayReq', () => ({ ...PAY_REQ, ...wire }));

    expect(await started.node.decodeInvoice('lnbcrt1')).toEqual({ ...DECODED, ...changes });
    expect(started.lnd.heardOf('DecodePayReq')[0]?.request).toEqual({ pay_req: 'lnbcrt1' });
  });

  it('lets a blinded invoice of another node through, under its made-up key (FC-3)', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.answers('DecodePayReq', () => ({ ...PAY_REQ, blinded_paths: [{}] }));
    lnd.answers('LookupInvoiceV2', () => {
      throw new LndStatus(5, 'unable to locate invoice');
    });

    expect(await node.decodeInvoice('lnbcrt1')).toEqual(DECODED);
  });

  it('knows a blinded invoice of its own node, whose key says nothing (FC-3)', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.answers('DecodePayReq', () => ({ ...PAY_REQ, blinded_paths: [{}] }));
    lnd.answers('LookupInvoiceV2', () => ({ r_hash: Buffer.from(HASH, 'hex'), state: 'OPEN' }));

    expect(await node.decodeInvoice('lnbcrt1')).toEqual({ ...DECODED, payee: OUR_KEY });
  });

  it('reads no blinded invoice while it cannot say whose it is (FC-3)', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.answers('DecodePayReq', () => ({ ...PAY_REQ, blinded_paths: [{}] }));
    lnd.answers('LookupInvoiceV2', () => {
      throw new LndStatus(2, 'permission denied');
    });

    await expect(node.decodeInvoice('lnbcrt1')).rejects.toMatchObject({ code: 'node-unavailable' });
  });

  it.each([
    ['invalid index of 1', 'The Lightning node cannot read the invoice'],
    ["invoice not for current active network 'regtest'", 'The invoice is for another network'],
  ])('refuses what LND refuses: %s', async (text, message) => {
    await using started = await startLnd();
    started.lnd.answers('DecodePayReq', () => {
      throw new LndStatus(2, text);
    });

    const read = started.node.decodeInvoice('lnbcrt1');

    await expect(read).rejects.toMatchObject({
      ...{ name: 'RequestError', code: 'invoice-unacceptable', message },
    });
  });

  it.each([
    ['wallet locked, unlock it to enable full RPC access'],
    ['permission denied'],
    ['cannot retrieve macaroon: cannot get macaroon: root key with id 8 doesn’t exist'],
  ])('does not blame the invoice for %s', async (text) => {
    await using started = await startLnd();
    started.lnd.answers('DecodePayReq', () => {
      throw new LndStatus(2, text);
    });

    const read = started.node.decodeInvoice('lnbcrt1');

    await expect(read).rejects.toMatchObject({ name: 'NodeError', code: 'node-unavailable' });
  });

  it.each([
    ['no hash', { payment_hash: '' }],
    ['a negative amount', { num_msat: '-5' }],
    ['more than all bitcoin', { num_msat: '9223372036854775807' }],
    ['no payee', { destination: '' }],
    ['a short description hash', { description_hash: 'abcd' }],
    ['a negative time', { timestamp: '-1' }],
  ])('does not believe a reading with %s', async (_, wire) => {
    await using started = await startLnd();
    started.lnd.answers('DecodePayReq', () => ({ ...PAY_REQ, ...wire }));

    const read = started.node.decodeInvoice('lnbcrt1');

    await expect(read).rejects.toMatchObject({ name: 'NodeError', code: 'node-unavailable' });
  });
});
