import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { systemClock } from '../../src/clock.ts';
import { descriptionHashOf } from '../../src/hex.ts';
import { createApp } from '../../src/http/app.ts';
import { demoRouter } from '../../src/http/demo/demo-router.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11/decode.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import { openLog } from '../../src/log.ts';
import { type Msat, msat } from '../../src/msat.ts';
import { seededRandom } from '../support/seeded-random.ts';

const ORIGIN = 'http://localhost:3000';
const START_MSAT = 1_000_000_000_000;

describe('the demo wallet', () => {
  it('pays our invoice, shows the proof and what it cost', async () => {
    const { wallet, network, invoice } = start();
    const { bolt11, paymentHash } = await invoice(msat(1_000_000n));

    const paid = await wallet.post('/demo/wallet/pay').send({ bolt11 });

    const settled = await network.ours.lookupInvoice(paymentHash);
    const preimage = settled?.state === 'settled' ? settled.preimage : undefined;
    expect([paid.status, paid.body]).toEqual([200, { state: 'paid', preimage, feeMsat: 1100 }]);
    expect((await wallet.get('/demo/wallet')).body).toEqual({
      outboundMsat: START_MSAT - 1_001_100,
      inboundMsat: START_MSAT + 1_000_000,
    });
  });

  it('pays no more for the route than it is told', async () => {
    const { wallet, invoice } = start();
    const { bolt11 } = await invoice(msat(1_000_000n));

    const { body } = await wallet.post('/demo/wallet/pay').send({ bolt11, maxFeeMsat: 1099 });

    expect(body).toEqual({ state: 'failed', reason: 'fee-too-high' });
  });

  it('says when it does not know what became of a payment', async () => {
    const { wallet, network, invoice } = start();
    const { bolt11, paymentHash } = await invoice(msat(1000n));
    network.faults.payment(paymentHash, { kind: 'hang' });

    const { status, body } = await wallet.post('/demo/wallet/pay').send({ bolt11 });

    expect([status, body]).toEqual([200, { state: 'unknown' }]);
  });

  it('makes an invoice of its own, with the hash of its description', async () => {
    const { wallet, network } = start();

    const { status, body } = await wallet
      .post('/demo/wallet/invoices')
      .send({ amountMsat: 21_001, description: 'Café' });

    const { amount, descriptionHash, payee } = decodeBolt11(body.bolt11);
    expect([status, Object.keys(body), amount]).toEqual([200, ['bolt11'], 21_001n]);
    expect(descriptionHash).toBe(descriptionHashOf('Café'));
    expect(payee).toBe((await network.customer.info()).nodeKey);
  });

  it('says what came of an invoice of its own', async () => {
    const { wallet, network } = start();
    const { body } = await wallet.post('/demo/wallet/invoices').send({ amountMsat: 21_000 });
    const path = `/demo/wallet/invoices/${decodeBolt11(body.bolt11).paymentHash}`;

    const before = await wallet.get(path);
    await network.ours.pay(body.bolt11, { maxFee: msat(10_000n), timeoutMs: 1_000 });
    const after = await wallet.get(path);

    expect([before.status, before.body]).toEqual([200, { state: 'open' }]);
    expect([after.status, after.body]).toEqual([200, { state: 'settled', receivedMsat: 21_000 }]);
  });

  it.each([['00'.repeat(32)], ['nonsense'], ['__proto__']])(
    'has no invoice with the hash %s',
    async (hash) => {
      const { wallet } = start();

      const { status, body } = await wallet.get(`/demo/wallet/invoices/${hash}`);

      expect([status, body.code]).toEqual([404, 'not-found']);
    },
  );

  it('connects to our node, and says who it is (LUD-02)', async () => {
    const { wallet, network } = start();
    const { uris } = await network.ours.info();
    const { nodeKey } = await network.customer.info();

    const { status, body } = await wallet.post('/demo/wallet/connect').send({ uri: uris[0] });

    expect([status, body]).toEqual([200, { nodeKey }]);
    expect(await network.ours.isPeerConnected(nodeKey)).toBe(true);
  });

  it('connects to nobody else', async () => {
    const { wallet } = start();
    const uri = `02${'11'.repeat(32)}@203.0.113.5:9735`;

    const { status, body } = await wallet.post('/demo/wallet/connect').send({ uri });

    expect([status, body.code]).toEqual([502, 'node-rejected']);
  });

  it.each<[string, string, object, string, unknown]>([
    ['no address', '/connect', {}, 'invalid-request', fault('uri', 'is missing')],
    ['no invoice', '/pay', {}, 'invalid-request', fault('bolt11', 'is missing')],
    ['nonsense', '/pay', { bolt11: 'lnbcrt1x' }, 'invoice-unacceptable', undefined],
    [
      'a text without end',
      '/pay',
      { bolt11: 'x'.repeat(7090) },
      'invalid-request',
      fault('bolt11', 'is too long for an invoice'),
    ],
    [
      'a broken amount',
      '/invoices',
      { amountMsat: 1.5 },
      'invalid-request',
      fault('amountMsat', 'must be a whole number of millisatoshi, at least 1'),
    ],
    [
      'a member that it does not know',
      '/invoices',
      { amountMsat: 1000, expiry: 3 },
      'invalid-request',
      fault('expiry', 'is no member of this resource'),
    ],
  ])('refuses %s with a problem', async (_what, path, order, code, errors) => {
    const { wallet } = start();

    const { status, type, body } = await wallet.post(`/demo/wallet${path}`).send(order);

    expect([status, type, body.code]).toEqual([400, 'application/problem+json', code]);
    expect(body.errors).toEqual(errors);
  });

  it.each([
    ['a body of another type', 'text/plain', '{"bolt11":"lnbcrt1"}', 415],
    ['a body that is no JSON', 'application/json', '{', 400],
    ['a body of more than a mebibyte', 'application/json', `"${'x'.repeat(1024 * 1024)}"`, 413],
  ])('refuses %s', async (_what, type, body, expected) => {
    const { wallet } = start();

    const { status } = await wallet.post('/demo/wallet/pay').type(type).send(body);

    expect(status).toBe(expected);
  });

  it.each([
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['a page of another port', { origin: 'http://localhost:3001' }],
    ['another site by a link', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour of the site', { 'sec-fetch-site': 'same-site', origin: ORIGIN }],
    ['a name that a stranger points here', { origin: 'http://evil.example', host: 'evil.example' }],
  ])('does nothing for %s', async (_who, headers) => {
    const { wallet, network, invoice } = start();
    const { bolt11, paymentHash } = await invoice(msat(1000n));

    const { status, body } = await wallet.post('/demo/wallet/pay').set(headers).send({ bolt11 });

    expect([status, body.code]).toEqual([403, 'forbidden']);
    expect(await network.ours.lookupInvoice(paymentHash)).toEqual({ paymentHash, state: 'open' });
  });

  it.each([
    ['our own pages', { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }],
    ['this machine by its other name', { origin: 'http://127.0.0.1:3000', host: '127.0.0.1:3000' }],
    ['a person who typed the address', { 'sec-fetch-site': 'none' }],
  ])('answers %s', async (_who, headers) => {
    const { wallet } = start();

    const { status } = await wallet.get('/demo/wallet').set(headers);

    expect(status).toBe(200);
  });

  it('names the method that is understood', async () => {
    const { wallet } = start();

    const { status, headers } = await wallet.get('/demo/wallet/pay');

    expect([status, headers.allow]).toEqual([405, 'POST']);
  });
});

function fault(member: string, detail: string): object[] {
  return [{ pointer: `/${member}`, detail }];
}

function start() {
  const random = seededRandom('demo wallet');
  const network = new DemoNetwork({ seed: Buffer.alloc(32, 7), clock: systemClock, random });
  const log = openLog('silent');
  const router = demoRouter({
    customer: network.customer,
    urls: { origin: ORIGIN },
    random,
    log,
  });
  const invoice = async (amount: Msat) =>
    await network.ours.createInvoice({
      amount,
      descriptionHash: descriptionHashOf('a coffee'),
      expirySeconds: 3_600,
      memo: '',
    });
  return { network, wallet: request(createApp([router], log)), invoice };
}
