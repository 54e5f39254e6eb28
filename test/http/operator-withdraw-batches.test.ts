import { describe, expect, it, jest } from '@jest/globals';
import { operatorRouter } from '../../src/http/operator/router.ts';
import { msat } from '../../src/msat.ts';
import { API_KEY, startOperatorApi } from '../support/operator-api.ts';
import { routesOf } from '../support/routes-of.ts';
import { PUBLIC_URL, start } from '../support/start.ts';
import { eventsOf, type Server, until } from '../support/wallet.ts';
import {
  ask,
  claim,
  OK,
  readOffer,
  refusal,
  walletInvoice,
  withdraw,
} from '../support/withdraw-wallet.ts';

jest.setTimeout(60_000);

const NOW = '2023-11-14T22:13:20.000Z';
const HOUR_MS = 3_600_000;
/** The server asks again so often what became of payments. */
const ROUND_MS = 15_000;
const SWITCHED_OFF = refusal('This withdraw link is switched off.');
const GIFTS = { description: 'A gift', minMsat: 21_000, maxMsat: 21_000, count: 3 };

describe('a withdraw batch', () => {
  it('is made with what was not said filled in, and is found where Location points', async () => {
    await using server = await start();

    const { status, headers, body } = await server.operator
      .post('/api/v1/withdraw-batches')
      .send(GIFTS);

    const url = `${PUBLIC_URL}/api/v1/withdraw-batches/${body.id}`;
    expect([status, headers.location]).toEqual([201, `/api/v1/withdraw-batches/${body.id}`]);
    expect(body).toEqual({
      id: expect.stringMatching(/^wb_[a-z2-7]{26}$/),
      vouchers: `${url}/vouchers`,
      print: `${url}/print`,
      ...GIFTS,
      funded: false,
      accountId: 'treasury',
      worstCaseMsat: 93_000,
      uncoveredMsat: 0,
      createdAt: NOW,
    });
    expect((await server.operator.get(headers.location ?? '')).body).toEqual({
      ...body,
      states: { open: 3, notYet: 0, claimed: 0, spent: 0, expired: 0, disabled: 0 },
    });
    expect((await server.operator.get('/api/v1/withdraw-batches')).body).toEqual({
      items: [body],
      next: null,
    });
  });

  it('remembers with what its vouchers were made', async () => {
    await using server = await start();
    const terms = {
      waitSeconds: 30,
      dayMsat: 5_000_000,
      totalMsat: 50_000,
      feeMaxMsat: 999,
      validFrom: '2026-01-01T00:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.000Z',
      label: 'meetup',
    };

    const made = await make(server, terms);
    const [voucher] = await vouchersOf(server, made);
    await server.operator.patch(`/api/v1/withdraw-links/${voucher?.id}`).send({ label: null });

    const { body } = await server.operator.get(`/api/v1/withdraw-batches/${made.id}`);
    expect(body).toMatchObject({ ...GIFTS, ...terms });
  });

  it('has vouchers of one use, each found and changed by itself', async () => {
    await using server = await start();
    const made = await make(server, { label: 'meetup' });

    const vouchers = await vouchersOf(server, made);

    expect(new Set(vouchers.map(({ url }) => url)).size).toBe(3);
    for (const voucher of vouchers) {
      expect(voucher).toMatchObject({
        batchId: made.id,
        uses: 1,
        minMsat: 21_000,
        label: 'meetup',
        lud08: expect.stringContaining('k1='),
      });
      const { body } = await server.operator.get(`/api/v1/withdraw-links/${voucher.id}`);
      expect(body).toEqual(voucher);
    }
  });

  it('counts its vouchers by what became of them', async () => {
    await using server = await start();
    const made = await make(server, { count: 7, expiresAt: inHours(2) });
    const [paid, claimed, off, gone, late] = await vouchersOf(server, made);
    if (!paid || !claimed || !off || !gone || !late) throw new Error('vouchers are missing');
    expect((await withdraw(server, paid.url)).answer).toEqual(OK);
    await until(
      async () => (await server.operator.get(`/api/v1/withdraw-links/${paid.id}`)).body.state,
      (state) => state === 'spent',
    );
    server.network.faults.nextPayment({ kind: 'hang' });
    expect((await withdraw(server, claimed.url)).answer).toEqual(OK);
    const path = (voucher: Voucher) => `/api/v1/withdraw-links/${voucher.id}`;
    await server.operator.patch(path(off)).send({ disabled: true });
    await server.operator.patch(path(late)).send({ validFrom: inHours(1) });
    await server.operator.delete(path(gone));

    const before = (await server.operator.get(`/api/v1/withdraw-batches/${made.id}`)).body.states;
    server.clock.advance(2 * HOUR_MS);
    const after = (await server.operator.get(`/api/v1/withdraw-batches/${made.id}`)).body.states;

    expect(before).toEqual({ open: 2, notYet: 1, claimed: 1, spent: 1, expired: 0, disabled: 1 });
    expect(after).toEqual({ open: 0, notYet: 0, claimed: 1, spent: 1, expired: 3, disabled: 1 });
  });

  it('is told of in one event', async () => {
    await using server = await start();

    const made = await make(server, { count: 100 });

    const events = await eventsOf(server);
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      ['link.created', { id: made.id, kind: 'withdraw-batch', count: 100 }],
    ]);
  });

  it.each<[pointer: string, given: object]>([
    ['/count', { count: undefined }],
    ['/count', { count: 0 }],
    ['/count', { count: 10_001 }],
    ['/count', { count: 1.5 }],
    ['/count', { count: '3' }],
    ['/uses', { uses: 1 }],
    ['/minMsat', { minMsat: 999 }],
    ['/minMsat', { minMsat: 22_000 }],
    ['/maxMsat', { maxMsat: 1_000_000_000_000, count: 10_000 }],
    ['/totalMsat', { totalMsat: 1_000 }],
    ['/accountId', { accountId: 'in-flight' }],
    ['/payLinkId', { payLinkId: 'pl_none' }],
    ['/description', { description: 'a\nb' }],
    ['/vouchers', { vouchers: [] }],
  ])('is refused for %s (%#)', async (pointer, given) => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api
      .post('/api/v1/withdraw-batches')
      .send({ ...GIFTS, ...given });

    expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([
      400,
      'invalid-request',
      pointer,
    ]);
    expect(await server.sql.query('select id from withdraw_batches')).toEqual([]);
    expect(await server.sql.query('select id from withdraw_links')).toEqual([]);
  });
});

describe('what a batch may cost', () => {
  it.each([
    [1_100_000, {}],
    [200_000, { feeMaxMsat: 1_000 }],
  ])('is %d msat at worst, fee caps included (FC-15)', async (worstCaseMsat, given) => {
    await using server = await start();

    const made = await make(server, { minMsat: 1_000, maxMsat: 1_000, count: 100, ...given });

    expect([made.worstCaseMsat, made.uncoveredMsat]).toEqual([worstCaseMsat, 0]);
  });

  it('is kept: a voucher whose cap is too low for the way fails and is open again (FC-15)', async () => {
    await using server = await start();
    server.network.fee = { base: msat(9_000n), ppm: 0n };
    const made = await make(server, { minMsat: 1_000, maxMsat: 1_000, feeMaxMsat: 1_000 });
    const [voucher] = await vouchersOf(server, made);
    const offer = await readOffer(server, voucher?.url ?? '');
    const { bolt11 } = await walletInvoice(server, 1_000);

    expect(await claim(server, offer, bolt11)).toEqual(OK);

    const refused = await until(
      async () => await claim(server, offer, bolt11),
      ({ status }) => status === 'ERROR',
    );
    expect(refused.reason).toBe('route fee too high, try another wallet');
    const { body } = await server.operator.get(`/api/v1/withdraw-links/${voucher?.id}`);
    expect(body).toMatchObject({ state: 'open', usesLeft: 1, takenMsat: 0 });
  });

  it('is covered when it is funded, or it is not made (FC-17)', async () => {
    await using server = await start();
    const accountId = await openAccount(server, 50_000);
    const ten = { minMsat: 10_000, maxMsat: 10_000, count: 10, accountId };

    const promised = await make(server, ten);
    const funded = await server.operator
      .post('/api/v1/withdraw-batches')
      .send({ ...GIFTS, ...ten, funded: true });

    expect([promised.worstCaseMsat, promised.uncoveredMsat]).toEqual([200_000, 150_000]);
    expect([funded.status, funded.body.code, funded.body.errors]).toEqual([
      409,
      'balance-too-low',
      [{ pointer: '/funded', detail: 'the account lacks 150000 msat' }],
    ]);
    expect(await balanceOf(server, accountId)).toBe(50_000);
  });

  it('returns for what nobody claimed in time, and each voucher says so (FC-17)', async () => {
    await using server = await start();
    const accountId = await openAccount(server, 200_000);
    const terms = { minMsat: 10_000, maxMsat: 10_000, count: 10, accountId, funded: true };
    const made = await make(server, { ...terms, expiresAt: inHours(1) });
    expect(await balanceOf(server, accountId)).toBe(0);
    const vouchers = await vouchersOf(server, made);
    for (const { url } of vouchers.slice(0, 6)) {
      expect((await withdraw(server, url)).answer).toEqual(OK);
    }
    await until(
      async () => (await server.operator.get(`/api/v1/withdraw-batches/${made.id}`)).body.states,
      ({ spent }) => spent === 6,
    );

    server.clock.advance(HOUR_MS);

    // Six were paid with a fee of 1.001 sat each; what was left of their caps is back as well.
    const back = await until(
      async () => await balanceOf(server, accountId),
      (balance) => balance === 200_000 - 6 * (10_000 + 1_001),
    );
    const events = (await eventsOf(server)).filter(({ type }) => type === 'link.expired');
    expect(back).toBe(133_994);
    expect(events.map(({ data }) => [data.batchId, data.id])).toEqual(
      expect.arrayContaining(vouchers.slice(6).map(({ id }) => [made.id, id])),
    );
    expect(events).toHaveLength(4);
  });
});

describe('a batch that is asked for ten times at once with one Idempotency-Key', () => {
  it('is made once, and answered alike (FC-31)', async () => {
    await using server = await start();
    const post = () =>
      server.operator
        .post('/api/v1/withdraw-batches')
        .set('idempotency-key', 'one')
        .send({ ...GIFTS, count: 500 });

    const answers = await Promise.all(Array.from({ length: 10 }, async () => await post()));

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    const { body } = await server.operator.get('/api/v1/withdraw-batches');
    expect(body.items.map(({ id }: Batch) => id)).toEqual([answers[0]?.body.id]);
    const { states } = (await server.operator.get(`/api/v1/withdraw-batches/${body.items[0].id}`))
      .body;
    expect(states.open).toBe(500);
  });

  it('sets its money aside once', async () => {
    await using server = await start();
    const accountId = await openAccount(server, 200_000);
    const post = () =>
      server.operator
        .post('/api/v1/withdraw-batches')
        .set('idempotency-key', 'one')
        .send({ ...GIFTS, accountId, funded: true });

    const answers = await Promise.all(Array.from({ length: 10 }, async () => await post()));

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await balanceOf(server, accountId)).toBe(200_000 - 93_000);
  });

  it('is refused with another body', async () => {
    await using server = await start();
    const key = ['idempotency-key', 'one'] as const;
    await server.operator
      .post('/api/v1/withdraw-batches')
      .set(...key)
      .send(GIFTS);

    const { status, body } = await server.operator
      .post('/api/v1/withdraw-batches')
      .set(...key)
      .send({ ...GIFTS, count: 4 });

    expect([status, body.code]).toEqual([422, 'idempotency-conflict']);
  });
});

describe('switching a batch off', () => {
  it('shuts every voucher for wallets, and opens them again', async () => {
    await using server = await start();
    const made = await make(server);
    const [voucher, other] = await vouchersOf(server, made);
    if (!voucher || !other) throw new Error('vouchers are missing');
    const before = await readOffer(server, voucher.url);
    const { bolt11 } = await walletInvoice(server);

    const off = await switchTo(server, made, { disabled: true });
    const offers = [await ask(server, voucher.url), await ask(server, other.url)];
    const claimed = await claim(server, before, bolt11);
    const on = await switchTo(server, made, { disabled: false });

    const states = { open: 3, notYet: 0, claimed: 0, spent: 0, expired: 0, disabled: 0 };
    expect([off.status, off.body]).toEqual([
      200,
      { ...made, states: { ...states, open: 0, disabled: 3 } },
    ]);
    expect([on.status, on.body]).toEqual([200, { ...made, states }]);
    expect([...offers, claimed]).toEqual([SWITCHED_OFF, SWITCHED_OFF, SWITCHED_OFF]);
    expect((await server.operator.get('/api/v1/withdrawals')).body.items).toEqual([]);
    expect(await readOffer(server, voucher.url)).toEqual(before);
    expect(await claim(server, before, bolt11)).toEqual(OK);
  });

  it('leaves alone what became of vouchers before, and what is under way', async () => {
    await using server = await start();
    const made = await make(server, { count: 6 });
    const [paid, claimed, late, gone] = await vouchersOf(server, made);
    if (!paid || !claimed || !late || !gone) throw new Error('vouchers are missing');
    expect((await withdraw(server, paid.url)).answer).toEqual(OK);
    await untilState(server, paid, 'spent');
    const path = (voucher: Voucher) => `/api/v1/withdraw-links/${voucher.id}`;
    await server.operator.patch(path(late)).send({ validFrom: inHours(1) });
    await server.operator.delete(path(gone));
    server.network.faults.nextPayment({ kind: 'hang' });
    expect((await withdraw(server, claimed.url)).answer).toEqual(OK);

    const off = await switchTo(server, made, { disabled: true });
    const on = await switchTo(server, made, { disabled: false });

    const states = { open: 2, notYet: 1, claimed: 1, spent: 1, expired: 0, disabled: 0 };
    expect(off.body.states).toEqual({ ...states, open: 0, notYet: 0, disabled: 3 });
    expect(on.body.states).toEqual(states);
  });

  it('is told of in one event, and not again when nothing changes', async () => {
    await using server = await start();
    const made = await make(server);

    const offs = [
      await switchTo(server, made, { disabled: true }),
      await switchTo(server, made, { disabled: true }),
    ];
    await switchTo(server, made, { disabled: false });
    await switchTo(server, made, { disabled: false });

    const data = { id: made.id, kind: 'withdraw-batch', count: 3 };
    expect(offs[1]?.body).toEqual(offs[0]?.body);
    expect((await eventsOf(server)).map((event) => [event.type, event.data])).toEqual([
      ['link.created', data],
      ['link.changed', { ...data, disabled: true }],
      ['link.changed', { ...data, disabled: false }],
    ]);
  });

  it('keeps what is set aside for it (FC-17)', async () => {
    await using server = await start();
    const accountId = await openAccount(server, 93_000);
    const made = await make(server, { accountId, funded: true });

    await switchTo(server, made, { disabled: true });

    const [voucher] = (await server.operator.get(`/api/v1/withdraw-batches/${made.id}/vouchers`))
      .body.items;
    expect(voucher).toMatchObject({ state: 'disabled', setAsideMsat: 31_000 });
    expect(await balanceOf(server, accountId)).toBe(0);
  });

  it('holds for a voucher whose claim fails afterwards', async () => {
    await using server = await start();
    const made = await make(server, { count: 1 });
    const [voucher] = await vouchersOf(server, made);
    if (!voucher) throw new Error('the voucher is missing');
    server.network.faults.nextPayment({ kind: 'hang' });
    const { answer, paymentHash } = await withdraw(server, voucher.url);
    await until(
      async () => (await server.network.ours.trackPayment(paymentHash))?.state,
      (state) => state === 'unknown',
    );

    const { body } = await switchTo(server, made, { disabled: true });
    server.network.release(paymentHash, 'fail');
    // A failure is believed when no call of ours can still be on its way.
    server.clock.advance(2 * HOUR_MS);

    await until(
      async () => {
        server.clock.advance(ROUND_MS);
        return (await server.operator.get(`/api/v1/withdraw-links/${voucher.id}`)).body.state;
      },
      (state) => state === 'disabled',
    );
    expect(answer).toEqual(OK);
    expect(body.states).toMatchObject({ claimed: 1, disabled: 0 });
    expect(await ask(server, voucher.url)).toEqual(SWITCHED_OFF);
  });

  it.each<[pointer: string, given: unknown]>([
    ['/disabled', {}],
    ['/disabled', { disabled: null }],
    ['/disabled', { disabled: 'true' }],
    ['/label', { disabled: true, label: 'x' }],
    ['/states', { disabled: true, states: {} }],
    ['', []],
  ])('is refused for %s of %j, and nothing is changed', async (pointer, given) => {
    await using server = await startOperatorApi();
    const made = (await server.api.post('/api/v1/withdraw-batches').send(GIFTS)).body;
    const path = `/api/v1/withdraw-batches/${made.id}`;

    const { status, headers, body } = await server.api.patch(path).send(given as object);

    expect([status, headers['content-type'], body.code, body.errors?.[0]?.pointer]).toEqual([
      ...[400, 'application/problem+json; charset=utf-8', 'invalid-request', pointer],
    ]);
    expect((await server.api.get(path)).body.states).toMatchObject({ open: 3, disabled: 0 });
  });
});

describe('ten thousand vouchers', () => {
  it('are made at once, are all there, and are switched off at once', async () => {
    await using server = await start();

    const made = await make(server, { count: 10_000 });

    const { text } = await csvOf(server, made);
    const lines = text.trimEnd().split('\r\n').slice(1);
    expect(lines).toHaveLength(10_000);
    expect(new Set(lines.map((line) => line.split(',')[1])).size).toBe(10_000);
    const { body } = await switchTo(server, made, { disabled: true });
    expect(body.states).toMatchObject({ open: 0, disabled: 10_000 });
  });
});

describe('the vouchers of a batch as a list', () => {
  it('are there page by page, each once', async () => {
    await using server = await start();
    const made = await make(server, { count: 7 });

    const pages: string[][] = [];
    let after = '';
    do {
      const { body } = await server.operator.get(
        `/api/v1/withdraw-batches/${made.id}/vouchers?limit=3${after}`,
      );
      pages.push(body.items.map(({ id }: Voucher) => id));
      after = body.next === null ? '' : `&after=${body.next}`;
    } while (after !== '');

    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(new Set(pages.flat()).size).toBe(7);
  });

  it.each([
    ['GET', '/api/v1/withdraw-batches/wb_none', 404],
    ['GET', '/api/v1/withdraw-batches/wb_none/vouchers', 404],
    ['GET', '/api/v1/withdraw-batches/wb_none/vouchers?format=csv', 404],
    ['GET', '/api/v1/withdraw-batches/wb_none/print', 404],
    ['POST', '/api/v1/withdraw-batches/wb_none/print-tickets', 404],
    ['GET', '/api/v1/withdraw-batches?after=wb_none', 400],
    ['PATCH', '/api/v1/withdraw-batches/wb_none', 404],
    ['DELETE', '/api/v1/withdraw-batches/wb_none', 405],
    ['POST', '/api/v1/withdraw-batches/wb_none/vouchers', 405],
    ['POST', '/api/v1/withdraw-batches/wb_none/print', 405],
    ['HEAD', '/api/v1/withdraw-batches/wb_none/print', 405],
    ['GET', '/api/v1/withdraw-batches/wb_none/print-tickets', 405],
  ])('is a problem where there is none: %s %s', async (method, path, status) => {
    await using server = await startOperatorApi();

    const headers = { authorization: `Bearer ${API_KEY}` };
    const answer = await fetch(server.origin + path, { method, headers });

    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
  });
});

describe('the vouchers of a batch as CSV', () => {
  it('are one line each, as they are in the list', async () => {
    await using server = await start();
    const made = await make(server, { count: 450, maxMsat: 42_000, expiresAt: inHours(1) });
    const [first] = await vouchersOf(server, made);

    const { status, headers, text } = await csvOf(server, made);

    const lines = text.split('\r\n');
    const { url, lnurl, lud17 } = first ?? {};
    expect([status, headers['content-type'], headers['content-disposition']]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      `attachment; filename="${made.id}.csv"`,
    ]);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(lines.slice(0, 2)).toEqual([
      'id,url,lnurl,lud17,minMsat,maxMsat,state,expiresAt,description',
      `${first?.id},${url},${lnurl},${lud17},21000,42000,open,${inHours(1)},A gift`,
    ]);
    expect([lines.length, lines.at(-1)]).toEqual([452, '']);
  });

  it.each([
    ['?format=csv', undefined, 'text/csv'],
    ['?format=csv', 'application/json', 'text/csv'],
    ['', 'text/csv', 'text/csv'],
    ['', 'text/csv;q=0.9, */*;q=0.1', 'text/csv'],
    ['', undefined, 'application/json'],
    ['', '*/*', 'application/json'],
    ['', 'application/json, text/csv', 'application/json'],
    ['?format=json', 'text/csv', 'application/json'],
    ['?format=xml', undefined, 'application/problem+json'],
    ['?format=csv&format=json', undefined, 'application/problem+json'],
  ])('are for who asks for it: %s with Accept %s', async (query, accept, type) => {
    await using server = await startOperatorApi();
    const { body } = await server.api.post('/api/v1/withdraw-batches').send(GIFTS);

    const call = server.api.get(`/api/v1/withdraw-batches/${body.id}/vouchers${query}`);
    const { headers } = await (accept === undefined ? call : call.set('accept', accept));

    expect(headers['content-type']).toMatch(new RegExp(`^${type.replace('+', '\\+')};`));
  });

  it.each([
    ['=HYPERLINK("https://evil.test")', `"'=HYPERLINK(""https://evil.test"")"`],
    ['+1', "'+1"],
    ['-1+1', "'-1+1"],
    ['@SUM(1)', "'@SUM(1)"],
    ['a, "b"', '"a, ""b"""'],
  ])('hold no formula: %s (hazard 3.24)', async (description, cell) => {
    await using server = await start();

    const { text } = await csvOf(server, await make(server, { count: 1, description }));

    expect(text.split('\r\n')[1]?.endsWith(`,${cell}`)).toBe(true);
  });

  it('have headers alone for a HEAD', async () => {
    await using server = await start();
    const made = await make(server);

    const { status, headers, text } = await server.operator.head(
      `/api/v1/withdraw-batches/${made.id}/vouchers?format=csv`,
    );

    expect([status, headers['content-type'], text]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      undefined,
    ]);
  });

  it('may be left by the reader in the middle', async () => {
    await using server = await startOperatorApi();
    const { body } = await server.api
      .post('/api/v1/withdraw-batches')
      .send({ ...GIFTS, count: 2_000 });
    const leaving = new AbortController();
    const answer = await fetch(
      `${server.origin}/api/v1/withdraw-batches/${body.id}/vouchers?format=csv`,
      { headers: { authorization: `Bearer ${API_KEY}` }, signal: leaving.signal },
    );
    await answer.body?.getReader().read();

    leaving.abort();

    await until(
      async () => server.lines.find(({ fields }) => fields.method === 'GET'),
      (line) => line !== undefined,
    );
    expect(server.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('a voucher', () => {
  // Hazard 3.20: a page or a file of vouchers that anybody may fetch gives all of them away.
  it('is seen, printed and exported with the key alone, on every route there is', async () => {
    await using server = await startOperatorApi();
    const batch = (await server.api.post('/api/v1/withdraw-batches').send(GIFTS)).body;
    const { items } = (await server.api.get(`/api/v1/withdraw-batches/${batch.id}/vouchers`)).body;
    const secrets = items.flatMap(({ url, lnurl, lud08 }: Voucher) => [
      ...[url.split('/').at(-1), lnurl, lnurl.toLowerCase()],
      new URL(lud08).searchParams.get('k1'),
    ]);
    // The document of the API is for everybody, and knows no batch.
    const routes = routesOf(operatorRouter(server)).filter(({ path }) => path !== '/openapi.json');
    expect(routes).toEqual(
      expect.arrayContaining([
        { method: 'GET', path: '/withdraw-links/:id' },
        { method: 'GET', path: '/withdraw-batches/:id' },
        { method: 'PATCH', path: '/withdraw-batches/:id' },
        { method: 'GET', path: '/withdraw-batches/:id/vouchers' },
        { method: 'GET', path: '/withdraw-batches/:id/print' },
        { method: 'POST', path: '/withdraw-batches/:id/print-tickets' },
      ]),
    );

    for (const { method, path } of routes) {
      for (const id of [batch.id, items[0].id]) {
        for (const stranger of STRANGERS) {
          const target = `${path.replaceAll(/:\w+/g, id)}${stranger.query ?? ''}`;
          const answer = await fetch(`${server.origin}/api/v1${target}`, {
            method,
            headers: stranger.headers ?? {},
          });
          const text = await answer.text();
          expect([method, target, answer.status]).toEqual([method, target, 401]);
          expect(secrets.filter((secret: string) => text.includes(secret))).toEqual([]);
        }
      }
    }
  });

  it('is not found by its id where wallets ask', async () => {
    await using server = await start();
    const made = await make(server);
    const [voucher] = await vouchersOf(server, made);

    for (const id of [voucher?.id, made.id]) {
      for (const path of [`/lnurlw/${id}`, `/lnurlw/${id}/qr.svg`, `/lnurlw/${id}/callback`]) {
        for (const accept of ['application/json', 'text/html', 'text/csv']) {
          const { text } = await server.wallet.get(path).set('accept', accept);
          expect([path, /lnurl1|lnurlw:|<svg/i.test(text)]).toEqual([path, false]);
        }
      }
    }
  });

  it('is not in the log, whatever was asked', async () => {
    await using server = await startOperatorApi();
    const batch = (await server.api.post('/api/v1/withdraw-batches').send(GIFTS)).body;
    const path = `/api/v1/withdraw-batches/${batch.id}`;
    const { items } = (await server.api.get(`${path}/vouchers`)).body;
    const { ticket } = (await server.api.post(`${path}/print-tickets`).send({})).body;

    await server.api.get(`${path}/vouchers?format=csv`);
    await server.stranger.get(`${path}/print?ticket=${ticket}`);
    await server.stranger.get(`${path}/print?ticket=${ticket}`);

    await until(
      async () => server.lines.length,
      (length) => length === 6,
    );
    const told = JSON.stringify(server.lines);
    const secrets = [ticket, ...items.map(({ url }: Voucher) => url.split('/').at(-1))];
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
    expect(server.lines.map(({ fields }) => fields.route)).toContain(
      '/api/v1/withdraw-batches/:id/print',
    );
  });
});

/** People who have no key, and how they try. */
const STRANGERS: readonly { query?: string; headers?: Readonly<Record<string, string>> }[] = [
  {},
  { headers: { authorization: 'Bearer wrong' } },
  { headers: { accept: 'text/csv' } },
  { headers: { accept: 'text/html' } },
  { query: '?format=csv' },
  { query: '?ticket=' },
  { query: '?ticket=guessed' },
  { query: `?key=${API_KEY}` },
];

/** A batch as the API gives it back. */
interface Batch {
  readonly id: string;
  readonly worstCaseMsat: number;
  readonly uncoveredMsat: number;
}

interface Voucher {
  readonly id: string;
  readonly url: string;
  readonly lnurl: string;
  readonly lud17: string;
  readonly lud08: string;
}

async function make(server: Server, fields: object = {}): Promise<Batch> {
  const { status, body } = await server.operator
    .post('/api/v1/withdraw-batches')
    .send({ ...GIFTS, ...fields });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

async function vouchersOf(server: Server, { id }: Pick<Batch, 'id'>): Promise<readonly Voucher[]> {
  const { status, body } = await server.operator.get(`/api/v1/withdraw-batches/${id}/vouchers`);
  expect(status).toBe(200);
  return body.items;
}

async function switchTo(
  server: Server,
  { id }: Pick<Batch, 'id'>,
  to: { readonly disabled: boolean },
) {
  return await server.operator.patch(`/api/v1/withdraw-batches/${id}`).send(to);
}

async function untilState(server: Server, { id }: Voucher, wanted: string): Promise<void> {
  await until(
    async () => (await server.operator.get(`/api/v1/withdraw-links/${id}`)).body.state,
    (state) => state === wanted,
  );
}

async function csvOf(server: Server, { id }: Pick<Batch, 'id'>) {
  return await server.operator.get(`/api/v1/withdraw-batches/${id}/vouchers?format=csv`);
}

async function openAccount(server: Server, amountMsat: number): Promise<string> {
  const account = await server.operator
    .post('/api/v1/accounts')
    .send({ name: 'A tenant', floorMsat: 0 });
  const moved = await server.operator
    .post('/api/v1/transfers')
    .send({ from: 'treasury', to: account.body.id, amountMsat });
  expect([account.status, moved.status]).toEqual([201, 201]);
  return account.body.id;
}

async function balanceOf(server: Server, accountId: string): Promise<number> {
  return (await server.operator.get(`/api/v1/accounts/${accountId}`)).body.balanceMsat;
}

/** From the moment at which the clock of tests stands. */
function inHours(hours: number): string {
  return new Date(Date.parse(NOW) + hours * HOUR_MS).toISOString();
}
