import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { PROJECT } from '../../support/server-process.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { channelsActive } from '../network/channels.ts';
import type { LndNode } from '../network/lnd.ts';
import { RegtestNetwork } from '../network/network.ts';
import { nextWith } from '../network/payments.ts';
import { until, untilTrue } from '../network/until.ts';
import { NodeServer } from '../server.ts';
import { Counter } from '../support/counter.ts';
import { OK, refusal, VOUCHER_MSAT, Voucher } from '../support/voucher.ts';
import { hexOf } from './node-lists.ts';

jest.setTimeout(300_000);

const run = promisify(execFile);
/** lnd tells its channel of a payment only then, so that a kill before it is sure to come too early. */
const FLAGS = ['--channel-commit-interval=3s'];
/** The server takes no invoice with less than 20 s to live. */
const EXPIRY_SECONDS = 24;
/** The life of the invoice, a margin of 60 s, and a round of the server. */
const HELD_WITHIN_MS = 150_000;

const folder = tempFolder();
let network: RegtestNetwork;
let server: NodeServer;
let counter: Counter;

beforeAll(async () => {
  network = await RegtestNetwork.start({ flags: { alice: FLAGS } });
  server = await NodeServer.start({ node: network.nodes.alice, home: folder.path });
  counter = new Counter(server);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

it('neither pays again nor releases what LND calls in flight for ever, and a person decides', async () => {
  const { alice, bob } = network.nodes;
  const voucher = await Voucher.make(counter);
  const invoice = await newInvoice(bob, EXPIRY_SECONDS);
  const answer = await voucher.claim(invoice.payment_request);
  await attempted(alice, invoice.r_hash);

  await alice.stop('SIGKILL');
  await startInSight(alice);

  const again = await voucher.claim(invoice.payment_request);
  const other = await newInvoice(bob, 3_600);
  const refused = await voucher.claim(other.payment_request);
  const [sending] = await voucher.claims();
  const held = await until(
    'the claim to be held',
    async () => {
      const claim = await counter.operator('GET', `/withdrawals/${sending.id}`);
      expect(['sending', 'held']).toContain(claim.state);
      return claim.state === 'held' ? claim : undefined;
    },
    HELD_WITHIN_MS,
  );
  expect([answer, again, sending.state, sending.sends]).toEqual([OK, OK, 'sending', 1]);
  expect(refused).toEqual(refusal('This withdraw is already being processed.'));
  expect(held).toMatchObject({
    ...{ reason: 'stuck', sends: 1, bolt11: invoice.payment_request },
    evidence: {
      node: { state: 'unknown' },
      nodeRestartedAt: expect.any(String),
      noHtlcAt: expect.any(String),
    },
  });
  expect(await statusOf(alice, invoice.r_hash)).toBe('IN_FLIGHT');
  expect(await voucher.claim(other.payment_request)).toEqual(refused);
  expect(await counter.reconcile()).toMatchObject({ agrees: true, pending: 1 });

  const { stdout } = await boltgate('withdrawals', 'resolve', held.id, '--failed', '--json');
  const paid = await voucher.claim(other.payment_request);

  expect(JSON.parse(stdout)).toMatchObject({ id: held.id, state: 'failed', reason: 'operator' });
  expect(paid).toEqual(OK);
  expect(await voucher.ended()).toMatchObject({ state: 'paid', amountMsat: VOUCHER_MSAT });
  expect(await statusOf(alice, other.r_hash)).toBe('SUCCEEDED');
  expect(await statusOf(alice, invoice.r_hash)).toBe('IN_FLIGHT');
  expect(await counter.reconcile()).toMatchObject({ agrees: true, pending: 0, decided: 1 });
});

async function newInvoice(payee: LndNode, expirySeconds: number) {
  const request = { value_msat: String(VOUCHER_MSAT), expiry: String(expirySeconds) };
  return await payee.client.call('lnrpc.Lightning/AddInvoice', request);
}

/** Waits until a first attempt is on record, whatever the channels know of it. */
async function attempted(payer: LndNode, payment_hash: Uint8Array): Promise<void> {
  await untilTrue('an attempt', async () => {
    const track = payer.client.stream('routerrpc.Router/TrackPaymentV2', { payment_hash });
    const update = await nextWith(['IN_FLIGHT'], track).catch(() => undefined);
    await track.return();
    return (update?.htlcs.length ?? 0) > 0;
  });
}

/** Starts a node until the server has seen it start, which is the proof of a restart. */
async function startInSight(node: LndNode): Promise<void> {
  await untilTrue('the server to see its node start', async () => {
    if (node.isRunning) await node.stop('SIGTERM');
    await node.start();
    await channelsActive(node);
    return readFileSync(join(folder.path, 'output.log'), 'utf8').includes('"state":"starting"');
  });
  await untilTrue('the server to be connected', async () => {
    return (await counter.readiness()).status === 200;
  });
}

async function statusOf(node: LndNode, hash: Uint8Array): Promise<string | undefined> {
  const request = { include_incomplete: true };
  const { payments } = await node.client.call('lnrpc.Lightning/ListPayments', request);
  return payments.find(({ payment_hash }) => payment_hash === hexOf(hash))?.status;
}

/** A command as a person runs it. */
async function boltgate(...args: readonly string[]) {
  const env = { BOLTGATE_URL: server.origin, BOLTGATE_DATA_DIR: server.dataDir };
  const command = [join(PROJECT, 'dist/cli/boltgate.js'), ...args];
  return await run(process.execPath, command, { env });
}
