import { describe, expect, it } from '@jest/globals';
import { descriptionHashOf } from '../../src/hex.ts';
import { satoshi } from '../../src/msat.ts';
import type { Invoice } from '../../src/payments/invoice.ts';
import { COFFEE, type OperatorApi, startOperatorApi } from '../support/operator-api.ts';

describe('invoices', () => {
  it('show what was asked for', async () => {
    await using server = await startOperatorApi();
    const { link, invoice } = await order(server, { comment: 'Hi <b>', tag: 'tips' });

    const { status, body } = await server.api.get(`/api/v1/invoices/${invoice.id}`);

    expect([status, body]).toEqual([
      200,
      {
        id: invoice.id,
        linkId: link,
        state: 'open',
        amountMsat: 21_000,
        paymentHash: invoice.paymentHash,
        bolt11: invoice.bolt11,
        comment: 'Hi <b>',
        tag: 'tips',
        surplus: false,
        createdAt: '2023-11-14T22:13:20.000Z',
        expiresAt: '2023-11-14T23:13:20.000Z',
      },
    ]);
  });

  it('show what really came and when, but never the proof of the payer', async () => {
    await using server = await startOperatorApi();
    const { invoice } = await order(server);
    server.network.faults.payment(invoice.paymentHash, { kind: 'overpay', percent: 100n });
    server.clock.advance(5000);

    const preimage = await pay(server, invoice);

    const { body, text } = await server.api.get(`/api/v1/invoices/${invoice.id}`);
    expect(body).toMatchObject({
      state: 'settled',
      amountMsat: 21_000,
      receivedMsat: 42_000,
      settledAt: '2023-11-14T22:13:25.000Z',
    });
    expect(text).not.toContain(preimage);
    expect((await server.api.get('/api/v1/invoices')).text).not.toContain(preimage);
  });

  it('say when they came beside the one payment that a link was for (FC-9)', async () => {
    await using server = await startOperatorApi();
    const first = await order(server, { oneTime: true });
    const second = await order(server, { link: first.link });

    await pay(server, first.invoice);
    await pay(server, second.invoice);

    const { body } = await server.api.get('/api/v1/invoices?state=settled');
    const surplus = Object.fromEntries(
      body.items.map((item: { id: string; surplus: boolean }) => [item.id, item.surplus]),
    );
    expect(surplus).toEqual({ [first.invoice.id]: false, [second.invoice.id]: true });
  });

  it('are found by state, link and age, the newest first', async () => {
    await using server = await startOperatorApi();
    const a = await order(server);
    server.clock.advance(60_000);
    const b = await order(server, { link: a.link });
    server.clock.advance(60_000);
    const c = await order(server);
    await pay(server, b.invoice);

    const ids = async (query: string): Promise<string[]> => {
      const { body } = await server.api.get(`/api/v1/invoices?${query}`);
      return body.items.map(({ id }: { id: string }) => id);
    };

    const [A, B, C] = [a.invoice.id, b.invoice.id, c.invoice.id];
    expect(await ids('')).toEqual([C, B, A]);
    expect(await ids('state=open')).toEqual([C, A]);
    expect(await ids('state=settled')).toEqual([B]);
    expect(await ids('state=expired')).toEqual([]);
    expect(await ids(`linkId=${a.link}`)).toEqual([B, A]);
    expect(await ids(`linkId=${a.link}&state=open`)).toEqual([A]);
    expect(await ids('linkId=pl_nobody')).toEqual([]);
    expect(await ids('since=2023-11-14T22:14:20Z')).toEqual([C, B]);
    expect(await ids('since=2023-11-15T00:14:20%2B02:00')).toEqual([C, B]);
    expect(await ids(`after=${B}`)).toEqual([A]);
  });
});

describe('the node', () => {
  it('is described as it described itself', async () => {
    await using server = await startOperatorApi();
    const { nodeKey } = await server.network.ours.info();

    const { status, body } = await server.api.get('/api/v1/node');

    expect([status, body]).toEqual([
      200,
      {
        alias: 'Boltgate demo',
        nodeKey,
        network: 'bcrt',
        version: 'demo',
        synced: true,
        uris: [`${nodeKey}@localhost:9735`],
        outboundMsat: 1_000_000_000_000,
        inboundMsat: 1_000_000_000_000,
        ledger: 'unchecked',
      },
    ]);
  });

  it('is a problem when it has not answered for a while', async () => {
    await using server = await startOperatorApi();
    server.network.faults.goDown();
    server.clock.advance(120_000);

    const { status, body } = await server.api.get('/api/v1/node');

    expect([status, body]).toEqual([
      503,
      {
        type: '/problems/node-unavailable',
        title: 'Lightning node is unavailable',
        status: 503,
        detail: 'The Lightning node has not answered lately',
        instance: expect.any(String),
        code: 'node-unavailable',
      },
    ]);
  });
});

interface Wish {
  readonly link?: string;
  readonly oneTime?: boolean;
  readonly comment?: string;
  readonly tag?: string;
}

/** An invoice over 21 satoshi as a wallet would have asked for it. */
async function order(
  { api, invoices }: OperatorApi,
  { link, oneTime = false, comment, tag }: Wish = {},
): Promise<{ link: string; invoice: Invoice }> {
  const payLinkId =
    link ?? (await api.post('/api/v1/pay-links').send({ ...COFFEE, oneTime })).body.id;
  const descriptionHash = descriptionHashOf('anything');
  const invoice = await invoices.create(
    {
      payLinkId,
      version: 1,
      amount: satoshi(21n),
      descriptionHash,
      expirySeconds: 3600,
      comment,
      tag,
      caller: 'somebody',
    },
    new AbortController().signal,
  );
  return { link: payLinkId, invoice };
}

/** Pays an invoice, books it, and gives the preimage. */
async function pay(
  { network, settlement }: OperatorApi,
  { bolt11, paymentHash }: Invoice,
): Promise<string> {
  const outcome = await network.customer.pay(bolt11, { maxFee: satoshi(100n), timeoutMs: 1000 });
  const update = await network.ours.lookupInvoice(paymentHash);
  if (outcome.state !== 'paid' || !update) throw new Error('not paid');
  await settlement.apply(update);
  return outcome.preimage;
}
