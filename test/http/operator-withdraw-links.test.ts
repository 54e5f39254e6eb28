import { describe, expect, it, jest } from '@jest/globals';
import { API_KEY, COFFEE, startOperatorApi } from '../support/operator-api.ts';
import { PUBLIC_URL, start } from '../support/start.ts';
import { eventsOf, type Server, until } from '../support/wallet.ts';
import { claim, OK, readOffer, walletInvoice, withdraw } from '../support/withdraw-wallet.ts';

jest.setTimeout(30_000);

const NOW = '2023-11-14T22:13:20.000Z';
const HOUR_MS = 3_600_000;
const GIFT = { description: 'A gift', minMsat: 21_000, maxMsat: 21_000 };

describe('withdraw links', () => {
  it('are made with what was not said filled in, and are found where Location points', async () => {
    await using server = await start();

    const { status, headers, body } = await server.operator
      .post('/api/v1/withdraw-links')
      .send(GIFT);

    const [, token] = /^https:\/\/pay\.example\.org\/lnurlw\/([a-z2-7]{26})$/.exec(body.url) ?? [];
    const url = `${PUBLIC_URL}/lnurlw/${token}`;
    const { worstCaseMsat, uncoveredMsat, ...link } = body;
    expect([status, headers.location]).toEqual([201, `/api/v1/withdraw-links/${body.id}`]);
    expect(link).toEqual({
      id: expect.stringMatching(/^wl_[a-z2-7]{26}$/),
      url,
      lnurl: expect.stringMatching(/^LNURL1[A-Z0-9]+$/),
      lud17: url.replace('https', 'lnurlw'),
      qr: `${url}/qr.svg`,
      lud08: expect.stringMatching(/^lnurlw:/),
      ...GIFT,
      uses: 1,
      usesLeft: 1,
      usesPaid: 0,
      takenMsat: 0,
      funded: false,
      accountId: 'treasury',
      state: 'open',
      createdAt: NOW,
    });
    expect([worstCaseMsat, uncoveredMsat]).toEqual([31_000, 0]);
    expect((await server.operator.get(headers.location ?? '')).body).toEqual(link);
  });

  it('keep every member that they were given', async () => {
    await using server = await start();
    const payLink = await server.operator.post('/api/v1/pay-links').send(COFFEE);
    const account = await openAccount(server, 100_000_000);
    const members = {
      description: 'Prêt ☕',
      minMsat: 1_000,
      maxMsat: 2_100_000,
      uses: 1_000,
      waitSeconds: 30,
      dayMsat: 5_000_000,
      totalMsat: 50_000_001,
      feeMaxMsat: 999,
      payLinkId: payLink.body.id,
      validFrom: '2023-01-01T00:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.000Z',
      accountId: account,
      label: 'till 3',
    };

    const { status, body } = await server.operator
      .post('/api/v1/withdraw-links')
      .send({ ...members, funded: true });

    expect([status, body]).toEqual([201, expect.objectContaining(members)]);
    expect(body).toMatchObject({
      usesLeft: 1_000,
      funded: true,
      setAsideMsat: 50_000_001,
      worstCaseMsat: 50_000_001,
      uncoveredMsat: 0,
    });
    expect(body).not.toHaveProperty('lud08');
    expect(await balanceOf(server, account)).toBe(49_999_999);
  });

  it('may have no description (LUD03-4)', async () => {
    await using server = await start();

    const link = await make(server, { description: '' });

    expect(link.description).toBe('');
    expect(await readOffer(server, link.url)).toMatchObject({ defaultDescription: '' });
  });

  it('of one use come with a fast form whose k1 is good at once (LUD-08)', async () => {
    await using server = await start();
    const link = await make(server, { description: 'Thanks & bye + 1' });
    const url = new URL(link.lud08.replace('lnurlw:', 'https:'));

    const offer = Object.fromEntries(url.searchParams);

    expect(offer).toEqual({
      tag: 'withdrawRequest',
      k1: expect.stringMatching(/^[0-9a-f]{64}$/),
      minWithdrawable: '21000',
      maxWithdrawable: '21000',
      defaultDescription: 'Thanks & bye + 1',
      callback: `${link.url}/callback`,
    });
    expect(link.lud08).not.toContain('+');
    // LUD08-2: asked the plain way, it says the same.
    expect(await readOffer(server, url.href)).toMatchObject({ k1: offer.k1 });
    const { bolt11 } = await walletInvoice(server);
    const fast = { callback: offer.callback ?? '', k1: offer.k1 ?? '' };
    expect(await claim(server, fast, bolt11)).toEqual(OK);
  });

  it('name the pay link by which they are topped up (LUD-19)', async () => {
    await using server = await start();
    const payLink = (await server.operator.post('/api/v1/pay-links').send(COFFEE)).body;

    const link = await make(server, { payLinkId: payLink.id });

    expect(await readOffer(server, link.url)).toMatchObject({ payLink: payLink.lud17 });
  });

  it('are told of in events that give nobody the code', async () => {
    await using server = await start();
    const { id, url } = await make(server, { label: 'till 3' });
    await server.operator.patch(`/api/v1/withdraw-links/${id}`).send({ disabled: true });
    await server.operator.delete(`/api/v1/withdraw-links/${id}`);

    const events = await eventsOf(server);

    const data = { id, kind: 'withdraw', label: 'till 3' };
    expect(events.map((event) => [event.type, event.data])).toEqual([
      ['link.created', data],
      ['link.changed', { ...data, disabled: true }],
      ['link.changed', { ...data, disabled: true, deleted: true }],
    ]);
    expect(JSON.stringify(events)).not.toContain(url.split('/').at(-1));
  });

  it('keep neither token nor k1 in the store', async () => {
    await using server = await startOperatorApi();
    const { api, sql } = server;

    const { body } = await api
      .post('/api/v1/withdraw-links')
      .set('idempotency-key', 'one')
      .send(GIFT);

    const token = body.url.split('/').at(-1);
    const k1 = new URL(body.lud08).searchParams.get('k1');
    const rows = JSON.stringify(
      [
        await sql.query('select * from withdraw_links'),
        await sql.query('select * from receipts'),
        await sql.query('select * from events'),
      ],
      (_, value) => (typeof value === 'bigint' ? String(value) : value),
    );
    expect([rows.includes(token), rows.includes(String(k1)), rows.includes(API_KEY)]).toEqual([
      ...[false, false, false],
    ]);
  });

  it('are listed without the vouchers of batches, the newest first', async () => {
    await using server = await start();
    const first = await make(server);
    server.clock.advance(1);
    await server.operator.post('/api/v1/withdraw-batches').send({ ...GIFT, count: 2 });
    server.clock.advance(1);
    const second = await make(server);

    const [page, rest] = [
      (await server.operator.get('/api/v1/withdraw-links?limit=1')).body,
      (await server.operator.get(`/api/v1/withdraw-links?after=${second.id}`)).body,
    ];

    expect([page.items[0].id, page.next]).toEqual([second.id, second.id]);
    expect([rest.items.map(({ id }: Made) => id), rest.next]).toEqual([[first.id], null]);
  });
});

describe('a new withdraw link', () => {
  it.each<[pointer: string, given: object]>([
    ['/description', { description: undefined }],
    ['/description', { description: null }],
    ['/description', { description: 'two\nlines' }],
    ['/description', { description: 'x'.repeat(640) }],
    ['/description', { description: `${'é'.repeat(319)}xy` }],
    ['/minMsat', { minMsat: undefined }],
    ['/minMsat', { minMsat: 0 }],
    ['/minMsat', { minMsat: 999 }],
    ['/minMsat', { minMsat: 1_500 }],
    ['/minMsat', { minMsat: '1000' }],
    ['/minMsat', { minMsat: 22_000 }],
    ['/maxMsat', { maxMsat: null }],
    ['/maxMsat', { maxMsat: 21_500 }],
    ['/maxMsat', { maxMsat: 1e300 }],
    ['/maxMsat', { maxMsat: 9_007_199_254_740_000 }],
    ['/maxMsat', { maxMsat: 90_071_992_547_000, uses: 100 }],
    ['/maxMsat', { maxMsat: 9_007_199_254_740_000, uses: 1_000_000 }],
    ['/uses', { uses: 0 }],
    ['/uses', { uses: 1.5 }],
    ['/uses', { uses: 1_000_001 }],
    ['/uses', { uses: null }],
    ['/waitSeconds', { waitSeconds: 0 }],
    ['/waitSeconds', { waitSeconds: 31_536_001 }],
    ['/dayMsat', { dayMsat: 0 }],
    ['/dayMsat', { dayMsat: 30_999 }],
    ['/totalMsat', { totalMsat: -1 }],
    ['/totalMsat', { totalMsat: 30_999 }],
    ['/totalMsat', { totalMsat: 21_499, feeMaxMsat: 500 }],
    ['/feeMaxMsat', { feeMaxMsat: -1 }],
    ['/feeMaxMsat', { feeMaxMsat: 0.5 }],
    ['/funded', { funded: 'yes' }],
    ['/payLinkId', { payLinkId: 'pl_none' }],
    ['/payLinkId', { payLinkId: 5 }],
    ['/validFrom', { validFrom: 'soon' }],
    ['/expiresAt', { expiresAt: 1_700_000_000 }],
    ['/validFrom', { validFrom: '2026-01-01T00:00:00Z', expiresAt: '2026-01-01T00:00:00Z' }],
    ['/accountId', { accountId: 'ac_none' }],
    ['/accountId', { accountId: 'node' }],
    ['/accountId', { accountId: 'in-flight' }],
    ['/accountId', { accountId: 'set-aside' }],
    ['/accountId', { accountId: 'fees' }],
    ['/accountId', { accountId: null }],
    ['/label', { label: '' }],
    ['/disabled', { disabled: true }],
    ['/count', { count: 5 }],
    ['/batchId', { batchId: 'wb_x' }],
    ['/usesLeft', { usesLeft: 5 }],
  ])('is refused for %s (%#)', async (pointer, given) => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api
      .post('/api/v1/withdraw-links')
      .send({ ...GIFT, ...given });

    expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([
      400,
      'invalid-request',
      pointer,
    ]);
    expect(await server.sql.query('select id from withdraw_links')).toEqual([]);
  });

  it.each<[worstCaseMsat: number, given: object]>([
    [31_000, {}],
    [3_100_000, { uses: 100 }],
    [1_500_000, { uses: 100, totalMsat: 1_500_000 }],
    [2_110_000, { uses: 100, feeMaxMsat: 100 }],
    [2_121_000_000, { maxMsat: 2_100_000_000 }],
    [9_007_199_254_740_000, { maxMsat: 9_007_199_254_000_000, feeMaxMsat: 740_000 }],
  ])('says that it may cost %d msat at worst (FC-15, %#)', async (worstCaseMsat, given) => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api
      .post('/api/v1/withdraw-links')
      .send({ ...GIFT, ...given });

    expect([status, body.worstCaseMsat]).toEqual([201, worstCaseMsat]);
  });

  it('says how much its account does not cover, and is not funded then (FC-17)', async () => {
    await using server = await start();
    const accountId = await openAccount(server, 50_000);
    const terms = { ...GIFT, uses: 2, accountId };

    const promised = await server.operator.post('/api/v1/withdraw-links').send(terms);
    const funded = await server.operator
      .post('/api/v1/withdraw-links')
      .send({ ...terms, funded: true });

    expect([promised.status, promised.body.uncoveredMsat]).toEqual([201, 12_000]);
    expect([funded.status, funded.body]).toEqual([
      409,
      expect.objectContaining({
        code: 'balance-too-low',
        errors: [{ pointer: '/funded', detail: 'the account lacks 12000 msat' }],
      }),
    ]);
    expect(await balanceOf(server, accountId)).toBe(50_000);
  });
});

describe('the state of a withdraw link', () => {
  it.each<[state: string, given: object, act: (server: Server, made: Made) => Promise<unknown>]>([
    ['open', {}, async () => {}],
    ['notYet', { validFrom: inHours(1) }, async () => {}],
    ['expired', { expiresAt: inHours(1) }, async ({ clock }) => clock.advance(HOUR_MS)],
    ['disabled', {}, async (server, made) => await patch(server, made, { disabled: true })],
    ['claimed', {}, claimAndHang],
    ['spent', {}, claimAndWait],
    ['open', { uses: 2 }, claimAndWait],
    [
      'disabled',
      { uses: 2 },
      async (server, made) => {
        await claimAndWait(server, made);
        await patch(server, made, { disabled: true });
      },
    ],
    [
      'spent',
      {},
      async (server, made) => {
        await claimAndWait(server, made);
        await patch(server, made, { disabled: true });
      },
    ],
  ])('is %s (%#)', async (state, given, act) => {
    await using server = await start();
    const made = await make(server, given);
    await act(server, made);

    const { body } = await server.operator.get(`/api/v1/withdraw-links/${made.id}`);

    expect(body.state).toBe(state);
  });

  it('comes with what was taken, and what was paid', async () => {
    await using server = await start();
    const made = await make(server, { uses: 3 });
    await claimAndWait(server, made);
    await claimAndHang(server, made);

    const { body } = await server.operator.get(`/api/v1/withdraw-links/${made.id}`);

    // The paid one with its fee of 1.002 sat, the other with its cap of 10 sat.
    expect(body).toMatchObject({
      uses: 3,
      usesLeft: 1,
      usesPaid: 1,
      takenMsat: 21_000 + 1_002 + 21_000 + 10_000,
    });
  });
});

describe('a change of a withdraw link', () => {
  it('touches only what it names, and null takes an optional member away', async () => {
    await using server = await start();
    const optional = {
      waitSeconds: 30,
      dayMsat: 5_000_000,
      totalMsat: 50_000_000,
      feeMaxMsat: 999,
      payLinkId: (await server.operator.post('/api/v1/pay-links').send(COFFEE)).body.id,
      validFrom: '2023-01-01T00:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.000Z',
      label: 'till 3',
    };
    const { worstCaseMsat, uncoveredMsat, ...made } = await make(server, { uses: 5, ...optional });
    const path = `/api/v1/withdraw-links/${made.id}`;
    const nothing = Object.fromEntries(Object.keys(optional).map((name) => [name, null]));

    const named = await server.operator.patch(path).send({ maxMsat: 42_000, description: 'Tea' });
    const cleared = await server.operator.patch(path).send(nothing);

    const expected = { ...made, maxMsat: 42_000, description: 'Tea' };
    expect([named.status, named.body]).toEqual([200, expected]);
    const rest = Object.entries(expected).filter(([name]) => !(name in optional));
    expect([cleared.status, cleared.body]).toEqual([200, Object.fromEntries(rest)]);
    expect((await server.operator.get(path)).body).toEqual(cleared.body);
  });

  it('switches it off for wallets too, and on again', async () => {
    await using server = await start();
    const { worstCaseMsat, uncoveredMsat, ...made } = await make(server);

    const off = await patch(server, made, { disabled: true });
    const refused = await server.wallet.get(server.local(made.url));
    const on = await patch(server, made, { disabled: false });

    expect(off).toEqual({ ...made, state: 'disabled', disabledAt: NOW });
    expect(refused.body).toEqual({
      status: 'ERROR',
      reason: 'This withdraw link is switched off.',
    });
    expect(on).toEqual(made);
    expect((await readOffer(server, made.url)).maxWithdrawable).toBe(21_000);
  });

  it('that names nothing changes nothing and tells nobody', async () => {
    await using server = await start();
    const { id } = await make(server);

    const { status } = await server.operator.patch(`/api/v1/withdraw-links/${id}`).send({});

    expect(status).toBe(200);
    expect((await eventsOf(server)).map(({ type }) => type)).toEqual(['link.created']);
  });

  it.each<[pointer: string, given: object, made?: object]>([
    ['/minMsat', { minMsat: 22_000 }],
    ['/minMsat', { minMsat: null }],
    ['/maxMsat', { maxMsat: 21_500 }],
    ['/maxMsat', { maxMsat: 9_007_199_254_740_000, feeMaxMsat: 1_000_000 }],
    ['/description', { description: null }],
    ['/uses', { uses: 2 }],
    ['/uses', { uses: 1 }, { uses: 2 }],
    ['/uses', { uses: null }],
    ['/totalMsat', { totalMsat: 30_999 }],
    ['/payLinkId', { payLinkId: 'pl_none' }],
    ['/disabled', { disabled: null }],
    ['/accountId', { accountId: 'treasury' }],
    ['/funded', { funded: true }],
    ['/id', { id: 'wl_mine' }],
    ['/state', { state: 'open' }],
    ['/maxMsat', { maxMsat: 22_000 }, { funded: true }],
    ['/feeMaxMsat', { feeMaxMsat: 0 }, { funded: true }],
    ['/totalMsat', { totalMsat: 100_000 }, { funded: true }],
    ['/uses', { uses: 3 }, { funded: true, uses: 2 }],
  ])('is refused for %s (%#)', async (pointer, given, made = {}) => {
    await using server = await startOperatorApi();
    const { body: link } = await server.api
      .post('/api/v1/withdraw-links')
      .send({ ...GIFT, ...made });
    const path = `/api/v1/withdraw-links/${link.id}`;
    const { body: before } = await server.api.get(path);

    const { status, body } = await server.api.patch(path).send(given);

    expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([
      400,
      'invalid-request',
      pointer,
    ]);
    expect((await server.api.get(path)).body).toEqual(before);
  });

  it('leaves no fewer uses or money than are taken', async () => {
    await using server = await start();
    const made = await make(server, { uses: 5, totalMsat: 1_000_000 });
    await claimAndHang(server, made);
    await claimAndHang(server, made);
    await claimAndHang(server, made);
    const path = `/api/v1/withdraw-links/${made.id}`;

    const fewer = await server.operator.patch(path).send({ uses: 2, totalMsat: 92_999 });
    const enough = await server.operator.patch(path).send({ uses: 3, totalMsat: 93_000 });

    expect(fewer.body.errors).toEqual([
      { pointer: '/uses', detail: 'must not be less than the 3 taken' },
      { pointer: '/totalMsat', detail: 'must not be less than the 93000 msat taken' },
    ]);
    expect([enough.status, enough.body.usesLeft]).toEqual([200, 0]);
  });
});

describe('the end of a withdraw link', () => {
  it('is for good, for operators and for wallets', async () => {
    await using server = await start();
    const { id, url } = await make(server);
    const path = `/api/v1/withdraw-links/${id}`;

    const { status, text } = await server.operator.delete(path);

    expect([status, text]).toEqual([204, '']);
    const after = [
      await server.operator.get(path),
      await server.operator.patch(path).send({}),
      await server.operator.delete(path),
    ];
    expect(after.map((answer) => [answer.status, answer.body.code])).toEqual([
      [404, 'not-found'],
      [404, 'not-found'],
      [404, 'not-found'],
    ]);
    const { body } = await server.wallet.get(server.local(url));
    expect(body).toEqual({ status: 'ERROR', reason: 'Withdraw link does not exist.' });
    expect((await server.wallet.get(`${server.local(url)}/qr.svg`)).status).toBe(404);
  });

  it('gives back what was set aside for it, and not what is claimed (FC-17)', async () => {
    await using server = await start();
    const accountId = await openAccount(server, 100_000);
    const made = await make(server, { uses: 2, funded: true, accountId });
    expect(await balanceOf(server, accountId)).toBe(38_000);
    await claimAndHang(server, made);

    await server.operator.delete(`/api/v1/withdraw-links/${made.id}`);

    expect(await balanceOf(server, accountId)).toBe(69_000);
  });

  it('comes by itself at its time, and then nothing is changed any more', async () => {
    await using server = await start();
    const accountId = await openAccount(server, 100_000);
    const made = await make(server, { funded: true, accountId, expiresAt: inHours(1) });
    server.clock.advance(HOUR_MS);

    const ended = await until(
      async () => (await server.operator.get(`/api/v1/withdraw-links/${made.id}`)).body,
      ({ endedAt }) => endedAt !== undefined,
    );

    expect(ended).toMatchObject({ state: 'expired', setAsideMsat: 0 });
    expect(await balanceOf(server, accountId)).toBe(100_000);
    const late = await server.operator
      .patch(`/api/v1/withdraw-links/${made.id}`)
      .send({ expiresAt: null });
    expect([late.status, late.body.code]).toEqual([409, 'link-spent']);
  });
});

/** A withdraw link as the API gives it back. */
interface Made {
  readonly id: string;
  readonly url: string;
  readonly lud08: string;
  readonly description: string;
  readonly worstCaseMsat?: number;
  readonly uncoveredMsat?: number;
}

async function make(server: Server, fields: object = {}): Promise<Made> {
  const { status, body } = await server.operator
    .post('/api/v1/withdraw-links')
    .send({ ...GIFT, ...fields });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

async function patch(server: Server, { id }: Pick<Made, 'id'>, changes: object): Promise<Made> {
  const { status, body } = await server.operator
    .patch(`/api/v1/withdraw-links/${id}`)
    .send(changes);
  expect(status).toBe(200);
  return body;
}

async function claimAndWait(server: Server, { id, url }: Made): Promise<void> {
  expect((await withdraw(server, url)).answer).toEqual(OK);
  await until(
    async () => (await server.operator.get(`/api/v1/withdraw-links/${id}`)).body.usesPaid,
    (paid) => paid === 1,
  );
}

async function claimAndHang(server: Server, { url }: Made): Promise<void> {
  server.network.faults.nextPayment({ kind: 'hang' });
  expect((await withdraw(server, url)).answer).toEqual(OK);
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
