import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { craftInvoice, honestFields, STRANGER } from '../support/crafted-invoice.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { NewInvoice } from './network/calls.ts';
import { chargeForPassing, openChannels } from './network/channels.ts';
import { HoldInvoice } from './network/hold-invoice.ts';
import type { LndNode } from './network/lnd.ts';
import { RegtestNetwork } from './network/network.ts';
import { nextWith, pay, sendPayment } from './network/payments.ts';
import { NodeServer } from './server.ts';
import { Counter } from './support/counter.ts';
import { OK, refusal, VOUCHER_MSAT, Voucher } from './support/voucher.ts';

jest.setTimeout(120_000);

/** What lnd asks for passing a payment on, unless it is told otherwise, for these amounts. */
const HOP_FEE_MSAT = 1_000;
/** More than the server's rule allows for a voucher (10,000 msat), and less than FEE_MAX_MSAT. */
const DEAR_MSAT = 50_000;
const FEE_MAX_MSAT = 60_000;
const HOUR_MS = 3_600_000;
const IN_PROCESS = refusal('This withdraw is already being processed.');
const PAID = { state: 'paid', amountMsat: VOUCHER_MSAT, feeMsat: HOP_FEE_MSAT, sends: 1 };

const folder = tempFolder();
let network: RegtestNetwork;
let server: NodeServer;
let counter: Counter;
/** Two claims that their payee keeps in flight while everything else in this file happens. */
let cancelled: { readonly voucher: Voucher; readonly invoice: HoldInvoice };
let settled: typeof cancelled;

beforeAll(async () => {
  network = await RegtestNetwork.start({ database: 'sqlite' });
  server = await NodeServer.start({ node: network.nodes.alice, home: join(folder.path, 'server') });
  counter = new Counter(server);
  cancelled = await claimInFlight();
  settled = await claimInFlight();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe('a claim on a voucher', () => {
  it('LUD-03: is paid over bob, and the voucher is spent', async () => {
    const voucher = await Voucher.make(counter);
    const { bolt11, paymentHash } = await invoiceOf(network.nodes.carol);

    const answer = await voucher.claim(bolt11);

    expect(answer).toEqual(OK);
    expect(await voucher.ended()).toMatchObject({ ...PAID, paymentHash, bolt11 });
    expect(await receivedMsat(network.nodes.carol, paymentHash)).toBe(VOUCHER_MSAT);
    expect(await voucher.terms()).toMatchObject({
      ...{ state: 'spent', usesLeft: 0, takenMsat: VOUCHER_MSAT + HOP_FEE_MSAT },
    });
    expect(await counter.wallet(voucher.url)).toEqual(refusal('Withdraw is spent.'));
    // LUD03-9: the same claim again is the same claim; another one is not.
    const other = await invoiceOf(network.nodes.carol);
    expect(await voucher.claim(bolt11)).toEqual(OK);
    expect(await voucher.claim(other.bolt11)).toEqual(
      refusal('This withdraw has already been used.'),
    );
    expect(await voucher.claims()).toHaveLength(1);
  });

  it('FC-3: is paid by a blinded invoice too', async () => {
    const voucher = await Voucher.make(counter);
    const { bolt11, paymentHash } = await invoiceOf(network.nodes.carol, { is_blinded: true });

    expect(await voucher.claim(bolt11)).toEqual(OK);

    expect(await voucher.ended()).toMatchObject({ state: 'paid', paymentHash });
    // The hidden part of the way has a price of its own, and what it does not cost the payee keeps.
    const received = await receivedMsat(network.nodes.carol, paymentHash);
    expect(received).toBeGreaterThanOrEqual(VOUCHER_MSAT);
  });

  it('LUD03-9: ten wallets at once get one payment out of one voucher', async () => {
    const voucher = await Voucher.make(counter);
    const wallets = Array.from({ length: 10 });
    const invoices = await Promise.all(
      wallets.map(async () => await invoiceOf(network.nodes.carol)),
    );

    const answers = await Promise.all(invoices.map(({ bolt11 }) => voucher.claim(bolt11)));

    const { paymentHash } = await voucher.ended();
    const received = await Promise.all(
      invoices.map(async (one) => await receivedMsat(network.nodes.carol, one.paymentHash)),
    );
    expect(answers.filter(({ status }) => status === 'OK')).toHaveLength(1);
    expect(await voucher.claims()).toMatchObject([{ ...PAID, paymentHash }]);
    expect(received.filter((amountMsat) => amountMsat > 0)).toEqual([VOUCHER_MSAT]);
  });

  it('twenty vouchers are paid at once, each once', async () => {
    const vouchers = await Promise.all(
      Array.from({ length: 20 }, async () => await Voucher.make(counter)),
    );

    await Promise.all(vouchers.map(expectToPay));

    const claims = await Promise.all(vouchers.map(async (voucher) => await voucher.claims()));
    expect(claims.map(({ length }) => length)).toEqual(vouchers.map(() => 1));
  });

  it('fails without a route, and the voucher is as good as new', async () => {
    const voucher = await Voucher.make(counter);
    const nowhere = strangersInvoice();

    expect(await voucher.claim(nowhere)).toEqual(OK);

    expect(await voucher.ended()).toMatchObject({ state: 'failed', reason: 'no-route' });
    await expectAsGoodAsNew(voucher);
    // LUD03-15: who asks for the same again hears why.
    expect(await voucher.claim(nowhere)).toEqual(
      refusal('no route to this wallet was found, try another invoice'),
    );
    await expectToPay(voucher);
  });

  it('fails when the node has not got the money, and the voucher is as good as new', async () => {
    const amountMsat = 12_000_000_000;
    const voucher = await Voucher.make(counter, { maxMsat: 20_000_000_000 });
    const { bolt11 } = await invoiceOf(network.nodes.carol, { value_msat: String(amountMsat) });

    expect(await voucher.claim(bolt11)).toEqual(OK);

    expect(await voucher.ended()).toMatchObject({
      ...{ state: 'failed', reason: 'no-balance', amountMsat },
    });
    await expectAsGoodAsNew(voucher);
    await expectToPay(voucher);
  });
});

describe('a claim that the node was never asked for', () => {
  it.each([
    ['expired', 'invoice expired', () => strangersInvoice(Date.now() - 2 * HOUR_MS)],
    [
      'expires in a moment (FC-2)',
      'invoice expires too soon, make a new one',
      async () => (await invoiceOf(network.nodes.carol, { expiry: '10' })).bolt11,
    ],
    [
      'is of the paying node itself (FC-16)',
      'this wallet is on the paying node, which cannot pay itself',
      async () => (await invoiceOf(network.nodes.alice)).bolt11,
    ],
    [
      'is of the paying node itself and blinded (FC-3)',
      'this wallet is on the paying node, which cannot pay itself',
      async () => (await invoiceOf(network.nodes.alice, { is_blinded: true })).bolt11,
    ],
    [
      'was made by this server (FC-16)',
      'this invoice was made by this server',
      async () => await ownInvoice(counter),
    ],
  ])('is refused when its invoice %s, and takes nothing', async (_, reason, makeInvoice) => {
    const voucher = await Voucher.make(counter);
    const bolt11 = await makeInvoice();

    const answer = await voucher.claim(bolt11);

    expect(answer).toEqual(refusal(reason));
    expect(await voucher.claims()).toEqual([]);
    await expectToPay(voucher);
  });
});

describe('a claim with an invoice that somebody else pays', () => {
  it('fails when our node paid it for another program, which stays out of our books', async () => {
    const { alice, carol } = network.nodes;
    const voucher = await Voucher.make(counter);
    const { bolt11 } = await invoiceOf(carol);
    await pay(alice, bolt11);
    const before = await counter.reconcile();

    expect(await voucher.claim(bolt11)).toEqual(OK);

    expect(await voucher.ended()).toMatchObject({
      ...{ state: 'failed', reason: 'known-to-node', sends: 0 },
    });
    await expectAsGoodAsNew(voucher);
    const { at: _, ...after } = await counter.reconcile();
    expect(after).toEqual({ ...after, ...before, at: undefined });
    await expectToPay(voucher);
  });

  it('fails while our node pays it for another program, however that ends', async () => {
    const { alice, carol } = network.nodes;
    const voucher = await Voucher.make(counter);
    const invoice = await HoldInvoice.create(carol, { value_msat: String(VOUCHER_MSAT) });
    const payment = sendPayment(alice, invoice.bolt11);
    await nextWith(['IN_FLIGHT'], payment);
    await invoice.accepted();

    expect(await voucher.claim(invoice.bolt11)).toEqual(OK);
    const claim = await voucher.ended();
    await invoice.settle();
    const { status } = await nextWith(['SUCCEEDED', 'FAILED'], payment);

    expect(claim).toMatchObject({ state: 'failed', reason: 'known-to-node', sends: 0 });
    expect(status).toBe('SUCCEEDED');
    await expectAsGoodAsNew(voucher);
    await expectToPay(voucher);
  });

  it('fails when another node paid it', async () => {
    const { bob, carol } = network.nodes;
    const voucher = await Voucher.make(counter);
    const { bolt11 } = await invoiceOf(carol);
    await pay(bob, bolt11);

    expect(await voucher.claim(bolt11)).toEqual(OK);

    expect(await voucher.ended()).toMatchObject({ state: 'failed', reason: 'refused-by-payee' });
    await expectAsGoodAsNew(voucher);
    await expectToPay(voucher);
  });
});

describe('a claim over a last hop that is dear', () => {
  beforeAll(async () => {
    await chargeForPassing(network.nodes.bob, DEAR_MSAT, network.nodes.alice);
  });

  afterAll(async () => {
    await chargeForPassing(network.nodes.bob, HOP_FEE_MSAT, network.nodes.alice);
  });

  it('fails above the fee cap, and nothing is lost', async () => {
    const voucher = await Voucher.make(counter);
    const { bolt11, paymentHash } = await invoiceOf(network.nodes.carol);

    expect(await voucher.claim(bolt11)).toEqual(OK);

    // LND does not tell this from no way at all.
    expect(await voucher.ended()).toMatchObject({ state: 'failed', reason: 'no-route' });
    expect(await receivedMsat(network.nodes.carol, paymentHash)).toBe(0);
    await expectAsGoodAsNew(voucher);
    await chargeForPassing(network.nodes.bob, HOP_FEE_MSAT, network.nodes.alice);
    await expectToPay(voucher);
    await chargeForPassing(network.nodes.bob, DEAR_MSAT, network.nodes.alice);
  });

  it('FC-15: is paid when the voucher allows that much', async () => {
    const voucher = await Voucher.make(counter, { feeMaxMsat: FEE_MAX_MSAT });
    const { bolt11 } = await invoiceOf(network.nodes.carol);

    expect(await voucher.claim(bolt11)).toEqual(OK);

    expect(await voucher.ended()).toMatchObject({ ...PAID, feeMsat: DEAR_MSAT });
    expect((await voucher.terms()).takenMsat).toBe(VOUCHER_MSAT + DEAR_MSAT);
  });
});

describe('a claim that its payee keeps in flight', () => {
  it('is still being sent after all of the above, and its voucher is nobody else his', async () => {
    const { voucher, invoice } = cancelled;
    const other = await invoiceOf(network.nodes.carol);

    const answers = [
      await counter.wallet(voucher.url),
      await voucher.claim(other.bolt11),
      await voucher.claim(invoice.bolt11),
    ];

    expect(answers).toEqual([IN_PROCESS, IN_PROCESS, OK]);
    expect(await voucher.claims()).toMatchObject([{ state: 'sending', sends: 1 }]);
    expect(await counter.reconcile()).toMatchObject({ agrees: true, pending: 2 });
  });

  it('fails when the payee cancels, and the voucher can be claimed again', async () => {
    const { voucher, invoice } = cancelled;

    await invoice.cancel();

    expect(await voucher.ended()).toMatchObject({
      ...{ state: 'failed', reason: 'refused-by-payee', sends: 1 },
    });
    await expectAsGoodAsNew(voucher);
    await expectToPay(voucher);
  });

  it('is paid when the payee settles', async () => {
    const { voucher, invoice } = settled;

    await invoice.settle();

    expect(await voucher.ended()).toMatchObject(PAID);
    expect(await voucher.claims()).toHaveLength(1);
  });
});

describe('after all of that', () => {
  it("every payment of the node's own books is a paid claim or of somebody else", async () => {
    const { items } = await counter.operator('GET', '/withdrawals?state=paid&limit=100');
    const { balanceMsat } = await counter.operator('GET', '/accounts/treasury');
    const report = await counter.reconcile();

    const atNode = await paymentsOf(network.nodes.alice);
    const ours = atNode.filter(({ hash }) =>
      items.some(({ paymentHash }: { paymentHash: string }) => paymentHash === hash),
    );
    const costMsat = ours.reduce((sum, payment) => sum + payment.costMsat, 0);
    expect(ours).toHaveLength(items.length);
    expect(balanceMsat).toBe(-costMsat);
    expect(report).toMatchObject({
      ...{ agrees: true, differences: [], pending: 0, decided: 0 },
      ...{ payments: items.length, heldMsat: -costMsat },
      // What alice paid by herself, twice.
      foreign: { payments: atNode.length - ours.length, invoices: 0 },
    });
    expect(atNode.length - ours.length).toBe(2);
  });
});

describe('FC-16: a claim by a wallet of the paying node, with BOLTGATE_PAY_SELF', () => {
  it('is paid in a circle, and what the server made itself is refused still', async () => {
    const { alice, carol } = network.nodes;
    // There must be another way in than out.
    await openChannels(network.btcd, [{ from: carol, to: alice, amountSat: 1_000_000 }]);
    const home = join(folder.path, 'self');
    const env = { BOLTGATE_PAY_SELF: '1' };
    await using selfPayer = await NodeServer.start({ node: alice, home, env });
    const itsCounter = new Counter(selfPayer);
    const voucher = await Voucher.make(itsCounter);
    const { bolt11, paymentHash } = await invoiceOf(alice);

    const refused = await voucher.claim(await ownInvoice(itsCounter));
    const taken = await voucher.claim(bolt11);

    expect(refused).toEqual(refusal('this invoice was made by this server'));
    expect(taken).toEqual(OK);
    expect(await voucher.ended()).toMatchObject({ state: 'paid', amountMsat: VOUCHER_MSAT });
    expect(await receivedMsat(alice, paymentHash)).toBe(VOUCHER_MSAT);
    expect(await itsCounter.reconcile()).toMatchObject({ agrees: true, payments: 1, invoices: 0 });
  });
});

/** A claim whose payment has come to its payee, who does not take it. */
async function claimInFlight(): Promise<typeof cancelled> {
  const voucher = await Voucher.make(counter);
  const options = { value_msat: String(VOUCHER_MSAT) };
  const invoice = await HoldInvoice.create(network.nodes.carol, options);
  expect(await voucher.claim(invoice.bolt11)).toEqual(OK);
  await invoice.accepted();
  return { voucher, invoice };
}

/** Nothing of a failed claim is left in any budget. */
async function expectAsGoodAsNew(voucher: Voucher): Promise<void> {
  expect(await voucher.terms()).toMatchObject({ state: 'open', usesLeft: 1, takenMsat: 0 });
}

/** The voucher is good for one claim more. */
async function expectToPay(voucher: Voucher): Promise<void> {
  const { bolt11, paymentHash } = await invoiceOf(network.nodes.carol);
  expect(await voucher.claim(bolt11)).toEqual(OK);
  expect(await voucher.ended()).toMatchObject({ ...PAID, paymentHash });
}

async function invoiceOf(payee: LndNode, options: NewInvoice = {}) {
  const request = { value_msat: String(VOUCHER_MSAT), ...options };
  const answer = await payee.client.call('lnrpc.Lightning/AddInvoice', request);
  const paymentHash = Buffer.from(answer.r_hash).toString('hex');
  return { bolt11: answer.payment_request, paymentHash };
}

/** An invoice over 70 sat of a node that nobody has a channel with. */
function strangersInvoice(createdAt = Date.now()): string {
  const hash = createHash('sha256').update(randomBytes(32)).digest('hex');
  const fields = Object.values(honestFields(hash));
  return craftInvoice({ prefix: 'lnbcrt700n', createdAt, fields, sign: STRANGER });
}

/** An invoice of the server itself, as for a wallet that wants to pay it. */
async function ownInvoice(of: Counter): Promise<string> {
  const terms = { description: 'Coffee', minMsat: 1_000, maxMsat: 1_000_000 };
  const { url } = await of.operator('POST', '/pay-links', terms);
  const { callback } = await of.wallet(url);
  return (await of.wallet(callback, { amount: VOUCHER_MSAT })).pr;
}

async function receivedMsat(payee: LndNode, paymentHash: string): Promise<number> {
  const request = { r_hash: Buffer.from(paymentHash, 'hex') };
  const invoice = await payee.client.call('lnrpc.Lightning/LookupInvoice', request);
  return Number(invoice.amt_paid_msat);
}

/** What has left a node: never more than a page here. */
async function paymentsOf(node: LndNode) {
  const request = { max_payments: '1000' };
  const { payments } = await node.client.call('lnrpc.Lightning/ListPayments', request);
  return payments
    .filter(({ status }) => status === 'SUCCEEDED')
    .map(({ payment_hash, value_msat, fee_msat }) => ({
      hash: payment_hash,
      costMsat: Number(value_msat) + Number(fee_msat),
    }));
}
