import { X509Certificate } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { tempFolder } from '../support/temp-folder.ts';
import { channelsActive, channelsOf } from './network/channels.ts';
import { HoldInvoice } from './network/hold-invoice.ts';
import type { LndNode } from './network/lnd.ts';
import { RegtestNetwork } from './network/network.ts';
import { pay } from './network/payments.ts';
import { until, untilTrue } from './network/until.ts';
import { NodeServer } from './server.ts';
import { Counter } from './support/counter.ts';
import { COFFEE, Guest } from './support/guest.ts';
import { OK, refusal, VOUCHER, VOUCHER_MSAT, Voucher } from './support/voucher.ts';

jest.setTimeout(120_000);

/** Carol's certificate lives as long as the other tests take, and a new one long enough for a start. */
const CAROL_CERTIFICATE_LIFE = '30s';
/** Mined again and again, they come faster than any lnd takes them in. */
const BLOCKS_AT_ONCE = 50;
const PERMISSIONS = ['offchain', 'onchain', 'invoices', 'info', 'peers'].flatMap((entity) =>
  ['read', 'write'].map((action) => ({ entity, action })),
);

const folder = tempFolder();
/** Copies, so that they can be other ones than the node has. */
const certPath = join(folder.path, 'tls.cert');
const macaroonPath = join(folder.path, 'macaroon');
let network: RegtestNetwork;
let server: NodeServer;
let counter: Counter;
/** A claim whose payment is in flight over all that happens to the node. */
let held: { readonly voucher: Voucher; readonly invoice: HoldInvoice };

beforeAll(async () => {
  const flags = { carol: [`--tlscertduration=${CAROL_CERTIFICATE_LIFE}`] };
  network = await RegtestNetwork.start({ flags });
  const { alice, carol } = network.nodes;
  copyFileSync(alice.certPath, certPath);
  writeFileSync(macaroonPath, await bake(alice, '7'));
  const env = { BOLTGATE_LND_CERT_FILE: certPath, BOLTGATE_LND_MACAROON_FILE: macaroonPath };
  server = await NodeServer.start({ node: alice, home: join(folder.path, 'server'), env });
  counter = new Counter(server);
  const voucher = await Voucher.make(counter);
  const invoice = await HoldInvoice.create(carol, { value_msat: String(VOUCHER_MSAT) });
  expect(await voucher.claim(invoice.bolt11)).toEqual(OK);
  await invoice.accepted();
  held = { voucher, invoice };
});

afterAll(async () => {
  network?.btcd.resume();
  network?.nodes.alice.resume();
  await server?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** In this order: it is one node that goes down and comes back. */
describe('while the node is away and comes back step by step', () => {
  const guests: Guest[] = [];

  beforeAll(async () => {
    const { bob, carol } = network.nodes;
    for (let count = 0; count < 4; count += 1) {
      guests.push(await Guest.arrive(counter, { payer: bob, payee: carol }));
    }
  });

  it('nobody listens: wallets are told so in time, and log in all the same', async () => {
    await network.nodes.alice.stop('SIGTERM');

    await guests[0]?.isTurnedAway('unreachable');
  });

  it('it shows another certificate: wallets are told so in time', async () => {
    const { alice } = network.nodes;
    alice.forgetCertificate();
    await alice.launch('locked');
    await alice.inState('LOCKED');

    await guests[1]?.isTurnedAway('certificate');
  });

  it('its wallet is locked: wallets are told so in time', async () => {
    copyFileSync(network.nodes.alice.certPath, certPath);

    await guests[2]?.isTurnedAway('locked');
  });

  it('it starts and waits for its chain: wallets are told so in time', async () => {
    network.btcd.pause();
    await network.nodes.alice.unlock();
    await network.nodes.alice.inState('UNLOCKED');

    await guests[3]?.isTurnedAway('starting');
  });

  it('it is back: everybody gets what he came for, and what was in flight still is', async () => {
    const { alice, bob } = network.nodes;
    network.btcd.resume();
    await alice.ready();
    await Promise.all([channelsActive(alice), channelsActive(bob)]);

    for (const guest of guests) await guest.isServed();

    expect(await held.voucher.claims()).toMatchObject([{ state: 'sending', sends: 1 }]);
  });
});

it('FC-21: a macaroon that was revoked: wallets are told so, until there is a new one', async () => {
  const { alice, bob, carol } = network.nodes;
  const guest = await Guest.arrive(counter, { payer: bob, payee: carol });

  await alice.client.call('lnrpc.Lightning/DeleteMacaroonID', { root_key_id: '7' });
  await guest.isTurnedAway('macaroon');
  await held.invoice.settle();
  const meanwhile = await held.voucher.claims();
  writeFileSync(macaroonPath, await bake(alice, '8'));

  await guest.isServed();
  expect(meanwhile).toMatchObject([{ state: 'sending', sends: 1 }]);
});

it('a node that hangs: wallets are told so in time, and are served when it goes on', async () => {
  const { alice, bob, carol } = network.nodes;
  const guest = await Guest.arrive(counter, { payer: bob, payee: carol });

  alice.pause();
  await guest.isTurnedAway('unreachable');
  alice.resume();

  await guest.isServed();
});

it('what was in flight all the time is paid, once', async () => {
  expect(await held.voucher.ended()).toMatchObject({
    ...{ state: 'paid', amountMsat: VOUCHER_MSAT, sends: 1 },
  });
  expect(await held.voucher.claims()).toHaveLength(1);
});

it('a node behind its chain: the operator is told, and LND serves wallets all the same', async () => {
  const { alice, bob, carol } = network.nodes;
  const guest = await Guest.arrive(counter, { payer: bob, payee: carol });
  await untilTrue('no payment to be under way', async () =>
    (await channelsOf(alice)).every(({ pending_htlcs }) => pending_htlcs.length === 0),
  );

  const { status, body } = await until('alice to fall behind', async () => {
    await network.btcd.mine(BLOCKS_AT_ONCE);
    const readiness = await counter.readiness();
    return readiness.body.node === 'syncing' ? readiness : undefined;
  });
  await guest.pays();
  await network.mine(1);

  expect([status, body.status]).toEqual([503, 'unavailable']);
  await (await Guest.arrive(counter, { payer: bob, payee: carol })).isServed();
});

describe('a server that starts on a node which it cannot use', () => {
  it.each([
    ['of another name (FC-22)', 'certificate', { BOLTGATE_LND_TLS_NAME: 'elsewhere.example' }],
    ['whose macaroon is of another node', 'macaroon', {}],
  ] as const)('%s runs, and says why it is not ready', async (what, kind, changes) => {
    const { alice, bob, carol } = network.nodes;
    const env = { ...changes, ...(kind === 'macaroon' && macaroonOf(carol)) };
    const home = join(folder.path, what);
    await using unready = await NodeServer.start({ node: bob, home, env, until: 'listening' });
    const guest = await Guest.arrive(new Counter(unready), { payer: alice, payee: carol });

    await guest.isTurnedAway(kind);
  });

  it('with a macaroon for receiving alone is paid, and promises nobody to pay', async () => {
    const { alice, bob, carol } = network.nodes;
    const home = join(folder.path, 'receive');
    const env = {
      BOLTGATE_LND_MACAROON_FILE: '',
      BOLTGATE_LND_RECEIVE_MACAROON_FILE: bob.macaroonPath,
    };
    await using receiver = await NodeServer.start({ node: bob, home, env });
    const itsCounter = new Counter(receiver);
    const { id, url, lud08 } = await itsCounter.operator('POST', '/withdraw-links', VOUCHER);
    const offer = await itsCounter.operator('POST', '/channel-offers', { capacitySat: 100_000 });
    const fast = new URL(lud08.replace('lnurlw:', 'http:')).searchParams;
    const request = { value_msat: String(VOUCHER_MSAT) };
    const invoice = await carol.client.call('lnrpc.Lightning/AddInvoice', request);
    const claim = { k1: fast.get('k1') ?? '', pr: invoice.payment_request };

    const answers = [
      await itsCounter.wallet(url),
      await itsCounter.wallet(fast.get('callback') ?? '', claim),
    ];
    const { callback } = await itsCounter.wallet(
      (await itsCounter.operator('POST', '/pay-links', COFFEE)).url,
    );
    const payment = await pay(alice, (await itsCounter.wallet(callback, { amount: 1_000 })).pr);

    const off = refusal('Withdraws are switched off here');
    expect(answers).toEqual([off, off]);
    expect(await itsCounter.wallet(offer.url)).toEqual(
      refusal('No channels are opened at the moment, try again later'),
    );
    expect((await itsCounter.operator('GET', `/withdrawals?linkId=${id}`)).items).toEqual([]);
    expect(payment.status).toBe('SUCCEEDED');
  });

  it('whose certificate has expired serves as soon as there is a new one', async () => {
    const { alice, bob, carol } = network.nodes;
    await untilTrue('the certificate of carol to expire', () => {
      const { validTo } = new X509Certificate(readFileSync(carol.certPath));
      return Date.parse(validTo) < Date.now();
    });
    const home = join(folder.path, 'expired');
    await using unready = await NodeServer.start({ node: carol, home, until: 'listening' });
    const guest = await Guest.arrive(new Counter(unready), { payer: alice, payee: bob });

    await guest.isTurnedAway('certificate');
    const expired = readFileSync(carol.certPath, 'utf8');
    await carol.stop('SIGTERM');
    await carol.launch();
    await untilTrue('carol to make another certificate', () => {
      return existsSync(carol.certPath) && readFileSync(carol.certPath, 'utf8') !== expired;
    });
    await carol.ready();
    await Promise.all([bob, carol].map(channelsActive));

    await guest.isServed();
  });
});

it('nothing was lost: the ledger agrees with the node', async () => {
  const report = await until('nothing to be under way', async () => {
    const now = await counter.reconcile();
    return now.pending === 0 ? now : undefined;
  });

  const { items } = await counter.operator('GET', '/withdrawals?limit=100');
  expect(new Set(items.map(({ state }: { state: string }) => state))).toEqual(new Set(['paid']));
  expect(report).toMatchObject({ agrees: true, differences: [], payments: items.length });
});

function macaroonOf(node: LndNode) {
  return { BOLTGATE_LND_MACAROON_FILE: node.macaroonPath };
}

/** A macaroon that may do all that the server does, and that can be taken back by its number. */
async function bake(node: LndNode, root_key_id: string): Promise<Buffer> {
  const request = { permissions: PERMISSIONS, root_key_id };
  const { macaroon } = await node.client.call('lnrpc.Lightning/BakeMacaroon', request);
  return Buffer.from(macaroon, 'hex');
}
