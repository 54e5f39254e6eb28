import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { tempFolder } from '../support/temp-folder.ts';
import { RegtestNetwork } from './network/network.ts';
import { pay } from './network/payments.ts';
import { until } from './network/until.ts';
import { NodeServer } from './server.ts';

jest.setTimeout(120_000);

const folder = tempFolder();
let network: RegtestNetwork;
let server: NodeServer;

beforeAll(async () => {
  network = await RegtestNetwork.start();
  server = await NodeServer.start({ node: network.nodes.alice, home: folder.path });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

it('LUD-06: carol pays over bob, and the invoice is settled', async () => {
  const terms = { description: 'Coffee', minMsat: 1_000, maxMsat: 50_000_000 };
  const { url } = await operator('POST', '/pay-links', terms);
  const { callback } = await wallet(url);
  const { pr } = await wallet(`${callback}?amount=123456`);

  const payment = await pay(network.nodes.carol, pr);

  expect([payment.status, payment.value_msat]).toEqual(['SUCCEEDED', '123456']);
  const settled = await until('the invoice to be settled', async () => {
    const { items } = await operator('GET', '/invoices?state=settled');
    return items[0];
  });
  expect(settled.receivedMsat).toBe(123_456);
});

it('LUD-03: carol is paid over bob, and the voucher is spent', async () => {
  const { carol } = network.nodes;
  const terms = { description: 'Voucher', minMsat: 70_000, maxMsat: 70_000, uses: 1 };
  const { url } = await operator('POST', '/withdraw-links', terms);
  const { callback, k1 } = await wallet(url);
  const invoice = await carol.client.call('lnrpc.Lightning/AddInvoice', { value_msat: '70000' });

  const answer = await wallet(`${callback}?k1=${k1}&pr=${invoice.payment_request}`);

  expect(answer).toEqual({ status: 'OK' });
  await until('carol to be paid', async () => {
    const request = { r_hash: invoice.r_hash };
    const { state } = await carol.client.call('lnrpc.Lightning/LookupInvoice', request);
    return state === 'SETTLED' || undefined;
  });
  const paid = await until('the claim to be paid', async () => {
    const { items } = await operator('GET', '/withdrawals?state=paid');
    return items[0];
  });
  expect([paid.amountMsat, paid.feeMsat]).toEqual([70_000, 1_000]);
});

async function wallet(url: string) {
  return await (await fetch(url)).json();
}

async function operator(method: 'GET' | 'POST', path: string, body?: unknown) {
  const key = readFileSync(join(server.dataDir, 'admin-key'), 'utf8').trim();
  const answer = await fetch(`${server.origin}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return await answer.json();
}
