import { describe, expect, it } from '@jest/globals';
import { newEvent } from '../../src/events/event.ts';
import { descriptionHashOf } from '../../src/hex.ts';
import type { PaymentBehaviour } from '../../src/lightning/demo/faults.ts';
import { msat } from '../../src/msat.ts';
import { type Withdrawal, withdrawalEventData } from '../../src/payments/withdrawal.ts';
import { SqlWithdrawals } from '../../src/store/withdrawals.ts';
import { REWARD_TERMS } from '../support/books-world.ts';
import { type OperatorApi, startOperatorApi } from '../support/operator-api.ts';

const NOW = '2023-11-14T22:13:20.000Z';
const AMOUNT = msat(100_000n);
/** The fee of the demo network for 100 sat: 1 sat and 100 millionths. */
const FEE_MSAT = 1_010;

describe('withdrawals', () => {
  it('show what was claimed and what it may cost', async () => {
    await using server = await startOperatorApi();
    const { id, withdrawLinkId, bolt11, paymentHash } = await claim(server);

    const { status, body } = await server.api.get(`/api/v1/withdrawals/${id}`);

    expect([status, body]).toEqual([
      200,
      {
        ...{ id, linkId: withdrawLinkId, state: 'reserved', amountMsat: 100_000 },
        ...{ feeCapMsat: 10_000, paymentHash, bolt11, sends: 0, createdAt: NOW },
      },
    ]);
  });

  it('show what was paid and when, but never the k1 or the proof of it', async () => {
    await using server = await startOperatorApi();
    const { id, k1, paymentHash } = await claim(server);
    server.clock.advance(5000);
    await server.payer.advance(id);

    const { body, text } = await server.api.get(`/api/v1/withdrawals/${id}`);

    const track = await server.network.ours.trackPayment(paymentHash);
    const list = await server.api.get('/api/v1/withdrawals');
    expect(body).toMatchObject({
      ...{ state: 'paid', feeMsat: FEE_MSAT, sends: 1, closedAt: '2023-11-14T22:13:25.000Z' },
    });
    expect(list.body.items).toEqual([body]);
    for (const secret of [k1, track?.state === 'paid' ? track.preimage : '?']) {
      expect([text.includes(secret), list.text.includes(secret)]).toEqual([false, false]);
    }
  });

  it('show why they failed', async () => {
    await using server = await startOperatorApi();
    const { id } = await sent(server, { kind: 'fail', reason: 'no-route' });

    const { body } = await server.api.get(`/api/v1/withdrawals/${id}`);

    expect(body).toMatchObject({ state: 'failed', reason: 'no-route', sends: 1, closedAt: NOW });
    expect(body).not.toHaveProperty('feeMsat');
  });

  it('are found by state, link and age, the newest first', async () => {
    await using server = await startOperatorApi();
    const a = await sent(server);
    server.clock.advance(60_000);
    const b = await held(server);
    server.clock.advance(60_000);
    const c = await claim(server);

    const ids = async (query: string): Promise<string[]> => {
      const { body } = await server.api.get(`/api/v1/withdrawals?${query}`);
      return body.items.map(({ id }: { id: string }) => id);
    };

    expect(await ids('')).toEqual([c.id, b.id, a.id]);
    expect(await ids('state=held')).toEqual([b.id]);
    expect(await ids('state=paid')).toEqual([a.id]);
    expect(await ids('state=sending')).toEqual([]);
    expect(await ids(`linkId=${c.withdrawLinkId}`)).toEqual([c.id]);
    expect(await ids('since=2023-11-14T22:14:20Z')).toEqual([c.id, b.id]);
    expect(await ids(`after=${c.id}&limit=1`)).toEqual([b.id]);
  });

  it.each(['state=open', 'state=', 'since=yesterday', 'limit=0', 'after=wd_nobody'])(
    'are not listed by %s',
    async (query) => {
      await using server = await startOperatorApi();

      const { status, body } = await server.api.get(`/api/v1/withdrawals?${query}`);

      expect([status, body.code]).toEqual([400, 'invalid-request']);
    },
  );

  it('are not found when they never were', async () => {
    await using server = await startOperatorApi();

    const shown = await server.api.get('/api/v1/withdrawals/wd_nobody');
    const decided = await resolve(server, 'wd_nobody', { outcome: 'paid' });

    expect([shown.status, decided.status]).toEqual([404, 404]);
  });
});

describe('a held withdrawal', () => {
  it('shows what is known, and what the node says of it now', async () => {
    await using server = await startOperatorApi();
    const { id } = await held(server);
    const evidence = {
      ...{ sendsStarted: 1, sendsClosed: 0, ambiguousAt: NOW },
      invoiceExpiresAt: '2023-11-14T23:13:20.000Z',
    };

    const shown = await server.api.get(`/api/v1/withdrawals/${id}`);
    const listed = await server.api.get('/api/v1/withdrawals?state=held');

    expect(shown.body).toMatchObject({ state: 'held', reason: 'node-changed' });
    expect(shown.body.evidence).toEqual({ ...evidence, node: { state: 'unknown' } });
    expect(listed.body.items[0].evidence).toEqual(evidence);
  });

  it.each<[string, (server: OperatorApi, claim: Withdrawal) => void, object]>([
    [
      'paid',
      ({ network }, { paymentHash }) => network.release(paymentHash, 'settle'),
      { state: 'paid', feeMsat: FEE_MSAT },
    ],
    [
      'failed',
      ({ network }, { paymentHash }) => network.release(paymentHash, 'fail'),
      { state: 'failed', reason: 'refused-by-payee' },
    ],
    ['not known', forget, { state: 'none' }],
    ['anything, being down', ({ network }) => network.faults.goDown(), { state: 'unreachable' }],
  ])('tells when the node says it is %s', async (_, happens, node) => {
    await using server = await startOperatorApi();
    const withdrawal = await held(server);
    happens(server, withdrawal);

    const { status, body } = await server.api.get(`/api/v1/withdrawals/${withdrawal.id}`);

    expect([status, body.evidence.node]).toEqual([200, node]);
  });

  it('is failed by a person, and all of it comes back', async () => {
    await using server = await startOperatorApi();
    const { id } = await held(server);
    const before = await balances(server);
    server.clock.advance(1000);

    const { status, body } = await resolve(server, id, { outcome: 'failed', note: 'old node' });

    expect([status, body]).toMatchObject([
      200,
      { id, state: 'failed', reason: 'operator', closedAt: '2023-11-14T22:13:21.000Z' },
    ]);
    expect(body).not.toHaveProperty('evidence');
    expect([before, await balances(server)]).toEqual([
      { treasury: -110_000, 'in-flight': 110_000 },
      {},
    ]);
    expect(await lastAudit(server)).toEqual({
      ...{ seq: 1, actor: 'key_admin', action: 'withdrawal.resolved', subject: id },
      detail: { outcome: 'failed', heldFor: 'node-changed', note: 'old node' },
      createdAt: '2023-11-14T22:13:21.000Z',
    });
    expect(await lastEvents(server, 1)).toMatchObject([
      { type: 'withdrawal.failed', data: { id, reason: 'operator' } },
    ]);
  });

  it('is paid by a person who has the preimage and the fee', async () => {
    await using server = await startOperatorApi();
    const { id, paymentHash } = await held(server, { uses: 1 });
    const preimage = await preimageOf(server, paymentHash);
    forget(server);

    const { status, body, text } = await resolve(server, id, {
      ...{ outcome: 'paid', preimage: preimage.toUpperCase(), feeMsat: 321 },
    });

    expect([status, body]).toMatchObject([200, { state: 'paid', feeMsat: 321 }]);
    expect(text).not.toContain(preimage);
    expect(await balances(server)).toEqual({ treasury: -100_321, node: 100_000, fees: 321 });
    expect((await lastAudit(server)).detail).toEqual({
      ...{ outcome: 'paid', heldFor: 'node-changed', feeMsat: 321, proved: true },
    });
    expect(await lastEvents(server, 2)).toMatchObject([
      { type: 'withdrawal.paid', data: { id, feeMsat: 321 } },
      { type: 'link.spent', data: { kind: 'withdraw' } },
    ]);
    expect((await server.withdrawals.get(id)).preimage).toBe(preimage);
  });

  it('is paid without a fee when nobody knows of one', async () => {
    await using server = await startOperatorApi();
    const { id } = await held(server);
    forget(server);

    const { status, body } = await resolve(server, id, { outcome: 'paid' });

    expect([status, body.state, body.feeMsat]).toEqual([200, 'paid', 0]);
    expect((await lastAudit(server)).detail).toMatchObject({ feeMsat: 0, proved: false });
  });

  it('is paid with what the node says that it cost', async () => {
    await using server = await startOperatorApi();
    const { id, paymentHash } = await held(server);
    server.network.release(paymentHash, 'settle');

    const wrong = await resolve(server, id, { outcome: 'paid', feeMsat: FEE_MSAT + 1 });
    const right = await resolve(server, id, { outcome: 'paid' });

    expect([wrong.status, wrong.body.errors]).toEqual([
      400,
      [{ pointer: '/feeMsat', detail: `must be ${FEE_MSAT}: the node says so` }],
    ]);
    expect([right.status, right.body.feeMsat]).toEqual([200, FEE_MSAT]);
  });

  it.each<[string, string, object, string]>([
    ['no outcome', 'none', {}, '/outcome'],
    ['another outcome', 'none', { outcome: 'held' }, '/outcome'],
    ['a preimage that is none', 'none', { outcome: 'paid', preimage: 'ab' }, '/preimage'],
    [
      'a preimage that does not fit',
      'none',
      { outcome: 'paid', preimage: 'ab'.repeat(32) },
      '/preimage',
    ],
    ['a negative fee', 'none', { outcome: 'paid', feeMsat: -1 }, '/feeMsat'],
    ['a fee of what failed', 'none', { outcome: 'failed', feeMsat: 1 }, '/feeMsat'],
    [
      'a preimage of what failed',
      'none',
      { outcome: 'failed', preimage: 'ab'.repeat(32) },
      '/preimage',
    ],
    ['an empty note', 'none', { outcome: 'paid', note: '' }, '/note'],
    ['something else', 'none', { outcome: 'paid', k1: 'ab' }, '/k1'],
    ['no fee while it is under way', 'unknown', { outcome: 'paid' }, '/feeMsat'],
    ['no fee while the node is down', 'down', { outcome: 'paid' }, '/feeMsat'],
    ['failed when the node has the preimage', 'paid', { outcome: 'failed' }, '/outcome'],
  ])('stays held when it is decided with %s', async (_, word, body, pointer) => {
    await using server = await startOperatorApi();
    const { id, paymentHash } = await held(server);
    if (word === 'none') forget(server);
    if (word === 'down') server.network.faults.goDown();
    if (word === 'paid') server.network.release(paymentHash, 'settle');

    const refused = await resolve(server, id, body);

    expect([refused.status, refused.body.code]).toEqual([400, 'invalid-request']);
    expect(refused.body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
    expect((await server.withdrawals.get(id)).state).toBe('held');
    expect((await server.api.get('/api/v1/audit')).body.items).toEqual([]);
  });

  it('is decided once, and by nobody when it is not held', async () => {
    await using server = await startOperatorApi();
    const { id } = await held(server);
    const paid = await sent(server);
    forget(server);

    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => await resolve(server, id, { outcome: 'failed' })),
    );
    const late = await resolve(server, paid.id, { outcome: 'failed' });

    expect(answers.map(({ status }) => status).sort()).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    expect([late.status, late.body.code, late.body.detail]).toEqual([
      ...[409, 'already-decided', 'Only a held withdrawal is decided by hand; it is paid'],
    ]);
    expect((await server.api.get('/api/v1/audit')).body.items).toHaveLength(1);
  });

  it('answers the same again for the same Idempotency-Key (FC-31)', async () => {
    await using server = await startOperatorApi();
    const { id } = await held(server);
    forget(server);
    const post = async () =>
      await server.api
        .post(`/api/v1/withdrawals/${id}/resolve`)
        .set('idempotency-key', 'k')
        .send({ outcome: 'failed' });

    const first = await post();
    const again = await post();

    expect([first.status, again.status, again.text]).toEqual([200, 200, first.text]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await server.api.get('/api/v1/audit')).body.items).toHaveLength(1);
  });
});

/** A claim of 100 sat on a link of its own; it is reserved and not yet sent. */
async function claim(server: OperatorApi, terms: object = {}): Promise<Withdrawal> {
  const { network, withdrawLinks, withdrawals } = server;
  const { link } = await withdrawLinks.create({ ...REWARD_TERMS, ...terms }, false);
  const { bolt11 } = await network.customer.createInvoice({
    ...{ amount: AMOUNT, expirySeconds: 3_600, memo: '' },
    descriptionHash: descriptionHashOf('[["text/plain","a wallet"]]'),
  });
  const { signal } = new AbortController();
  const claimable = { ...link, withdrawLinkId: link.id };
  return await withdrawals.claim(claimable, withdrawLinks.challenge(link), bolt11, signal);
}

async function sent(
  server: OperatorApi,
  behaviour: PaymentBehaviour = { kind: 'succeed' },
  terms: object = {},
): Promise<Withdrawal> {
  const { id, paymentHash } = await claim(server, terms);
  server.network.faults.payment(paymentHash, behaviour);
  await server.payer.advance(id);
  return await server.withdrawals.get(id);
}

/** A claim that hangs at the node and is held here. */
async function held(server: OperatorApi, terms: object = {}): Promise<Withdrawal> {
  const { sql, clock, random } = server;
  const { id } = await sent(server, { kind: 'hang' }, terms);
  await new SqlWithdrawals(sql, () => {}).hold(id, 'node-changed', undefined, (row) =>
    newEvent('withdrawal.held', withdrawalEventData(row), clock.now(), random),
  );
  return await server.withdrawals.get(id);
}

async function resolve({ api }: OperatorApi, id: string, body: object) {
  return await api.post(`/api/v1/withdrawals/${id}/resolve`).send(body);
}

/** The node has lost its history. */
function forget({ network }: OperatorApi): void {
  network.ours.trackPayment = async () => undefined;
}

/** What only the payee knows until it is paid. */
async function preimageOf({ network }: OperatorApi, paymentHash: Withdrawal['paymentHash']) {
  network.release(paymentHash, 'settle');
  const update = await network.customer.lookupInvoice(paymentHash);
  if (update?.state !== 'settled') throw new Error('not settled');
  return update.preimage;
}

async function lastAudit({ api }: OperatorApi) {
  return (await api.get('/api/v1/audit?limit=1')).body.items[0];
}

async function lastEvents({ eventLog }: OperatorApi, count: number): Promise<object[]> {
  const stored = await eventLog.after((await eventLog.head()) - BigInt(count), count);
  return stored.map(({ type, data }) => ({ type, data: JSON.parse(data) }));
}

/** Balances that are not 0, by account. */
async function balances({ api }: OperatorApi): Promise<Record<string, number>> {
  const { body } = await api.get('/api/v1/accounts');
  const items: readonly { id: string; balanceMsat: number }[] = body.items;
  return Object.fromEntries(
    items.filter((account) => account.balanceMsat !== 0).map((a) => [a.id, a.balanceMsat]),
  );
}
