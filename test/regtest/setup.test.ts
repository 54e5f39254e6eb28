import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { terminal } from '../cli/terminal.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { RegtestNetwork } from './network/network.ts';
import { pay } from './network/payments.ts';
import { until } from './network/until.ts';
import { NodeServer } from './server.ts';
import { Counter } from './support/counter.ts';

jest.setTimeout(120_000);

const folder = tempFolder();
const dataDir = join(folder.path, 'data');
let network: RegtestNetwork;
let server: NodeServer;
let counter: Counter;
/** What the server is told, which is what the commands read. */
let env: Record<string, string>;

beforeAll(async () => {
  network = await RegtestNetwork.start();
  const { alice } = network.nodes;
  env = {
    BOLTGATE_NODE: 'lnd',
    BOLTGATE_LND_HOST: alice.host,
    BOLTGATE_LND_CERT_FILE: alice.certPath,
    BOLTGATE_DATA_DIR: dataDir,
  };
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

it('makes three macaroons, of which the server lives', async () => {
  const { alice } = network.nodes;
  const made = await boltgate({}, 'macaroons', '--admin', alice.macaroonPath, '--json');
  const { macaroons } = JSON.parse(made.out);
  for (const { setting, path } of macaroons) env[setting] = path;

  // Empty counts as not given.
  const own = { ...env, BOLTGATE_LND_MACAROON_FILE: '' };
  server = await NodeServer.start({ node: alice, home: folder.path, env: own });
  counter = new Counter(server);
  env.BOLTGATE_PUBLIC_URL = server.origin;
  env.BOLTGATE_LISTEN = `127.0.0.1:${new URL(server.origin).port}`;

  expect([made.code, made.err]).toEqual([0, '']);
  expect((await counter.readiness()).body).toMatchObject({ status: 'ok', node: 'ok' });
});

it('is paid and pays with them', async () => {
  const { carol } = network.nodes;
  const link = { description: 'Coffee', minMsat: 1_000, maxMsat: 50_000_000 };
  const { callback: payCallback } = await counter.wallet(
    (await counter.operator('POST', '/pay-links', link)).url,
  );
  const { pr } = await counter.wallet(payCallback, { amount: 2_000_000 });
  const payment = await pay(carol, pr);
  const voucher = { description: 'Voucher', minMsat: 70_000, maxMsat: 70_000, uses: 1 };
  const { callback, k1 } = await counter.wallet(
    (await counter.operator('POST', '/withdraw-links', voucher)).url,
  );
  const { payment_request: invoice } = await carol.client.call('lnrpc.Lightning/AddInvoice', {
    value_msat: '70000',
  });

  const claimed = await counter.wallet(callback, { k1, pr: invoice });

  expect([payment.status, claimed]).toEqual(['SUCCEEDED', { status: 'OK' }]);
  await until('the claim to be paid', async () => {
    return (await counter.operator('GET', '/withdrawals?state=paid')).items[0];
  });
  expect(await counter.reconcile()).toMatchObject({ agrees: true });
});

it('is found in order by the doctor, but for a public name that nobody else knows', async () => {
  const { code, out, err } = await boltgate({}, 'doctor', '--json');

  const { checks } = JSON.parse(out) as { checks: { check: string; result: string }[] };
  expect([code, err]).toEqual([0, '']);
  expect(checks.filter(({ result }) => result !== 'ok')).toMatchObject([
    { check: 'public name', result: 'warn' },
  ]);
  expect(checks).toContainEqual({
    ...{ result: 'ok', check: 'pay macaroon' },
    finding: 'has the least rights, under root key 4102',
  });
  expect(checks).toContainEqual({
    ...{ result: 'ok', check: 'clock' },
    finding: expect.stringMatching(/^[01] s from the one of the node when the newest invoice/),
  });
});

it('is told by the doctor that a macaroon may do more than is needed', async () => {
  const { macaroonPath } = network.nodes.alice;
  const { code, out } = await boltgate({ BOLTGATE_LND_PAY_MACAROON_FILE: macaroonPath }, 'doctor');

  expect(code).toBe(0);
  expect(out).toMatch(
    /warn +pay macaroon +may do more than it is needed for: .*boltgate macaroons/,
  );
});

it("is told by the doctor that a macaroon is another node's", async () => {
  const changes = { BOLTGATE_LND_PAY_MACAROON_FILE: network.nodes.bob.macaroonPath };

  const { code, out } = await boltgate(changes, 'doctor');

  expect(code).toBe(1);
  expect(out).toMatch(/fail +pay macaroon at the node +is refused: verification failed/);
});

it('says within seconds that a macaroon was revoked, and that it was replaced (FC-21)', async () => {
  const { alice } = network.nodes;
  await alice.client.call('lnrpc.Lightning/DeleteMacaroonID', { root_key_id: '4102' });
  const revoked = await untilNode('macaroon');

  const again = ['--only', 'pay', '--force', '--root-key-id', '4201'];
  await boltgate({}, 'macaroons', '--admin', alice.macaroonPath, ...again);
  const replaced = await untilNode('ok');

  expect([revoked.status, replaced.status]).toEqual([503, 200]);
});

it('is told by the doctor, and on /readyz, that the node is away', async () => {
  await network.nodes.alice.stop('SIGTERM');

  const { code, out } = await boltgate({}, 'doctor');

  expect(code).toBe(1);
  expect(out).toMatch(new RegExp(`fail +node +nobody listens at ${network.nodes.alice.host}`));
  const { status, body } = await untilNode('unreachable');
  expect([status, body.status]).toEqual([503, 'unavailable']);
});

async function untilNode(word: string) {
  return await until(`the node to be ${word}`, async () => {
    const now = await counter.readiness();
    return now.body.node === word ? now : undefined;
  });
}

async function boltgate(changes: Readonly<Record<string, string>>, ...args: readonly string[]) {
  return await terminal({ env: { ...env, ...changes }, clock: systemClock })(...args);
}
