import { describe, expect, it } from '@jest/globals';
import { tokenHash } from '../../src/accounts/tokens.ts';
import { descriptionHashOf } from '../../src/hex.ts';
import { satoshi } from '../../src/msat.ts';
import type { Invoice } from '../../src/payments/invoice.ts';
import { COFFEE, type OperatorApi, startOperatorApi } from '../support/operator-api.ts';

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const NOW = '2023-11-14T22:13:20.000Z';

describe('pay links', () => {
  it('are made with what was not said filled in, and are found where Location points', async () => {
    await using server = await startOperatorApi();
    const { api, payLinks } = server;

    const { status, headers, body } = await api.post('/api/v1/pay-links').send(COFFEE);

    const token = payLinks.token(await payLinks.get(body.id));
    expect([status, headers.location]).toEqual([201, `/api/v1/pay-links/${body.id}`]);
    expect(body).toEqual({
      id: expect.stringMatching(/^pl_[a-z2-7]{26}$/),
      url: `https://pay.example.com/lnurlp/${token}`,
      lnurl: expect.stringMatching(/^LNURL1[A-Z0-9]+$/),
      lud17: `lnurlp://pay.example.com/lnurlp/${token}`,
      qr: `https://pay.example.com/lnurlp/${token}/qr.svg`,
      ...COFFEE,
      commentAllowed: 0,
      oneTime: false,
      invoiceExpirySeconds: 3600,
      accountId: 'treasury',
      createdAt: NOW,
    });
    expect((await api.get(headers.location ?? '')).body).toEqual(body);
  });

  it('keep every member that they were given', async () => {
    await using server = await startOperatorApi();
    const members = {
      ...COFFEE,
      longDescription: 'With milk\nor without',
      image: { kind: 'png', base64: PNG },
      commentAllowed: 500,
      successAction: { tag: 'url', description: 'Receipt', url: 'https://pay.example.com/r/1' },
      oneTime: true,
      invoiceExpirySeconds: 86_400,
      validFrom: '2026-01-01T00:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.000Z',
      label: 'till 3 – Käse',
      accountId: (await server.api.post('/api/v1/accounts').send({ name: 'Alice' })).body.id,
    };

    const { status, body } = await server.api.post('/api/v1/pay-links').send(members);

    const { id, url, lnurl, lud17, qr, createdAt, ...kept } = body;
    expect([status, kept]).toEqual([201, members]);
  });

  it('read times in any offset and show them in UTC', async () => {
    await using server = await startOperatorApi();
    const times = { validFrom: '2026-01-01T01:00:00+02:00', expiresAt: '2026-01-01t00:00:00.5z' };

    const { body } = await server.api.post('/api/v1/pay-links').send({ ...COFFEE, ...times });

    expect(body).toMatchObject({
      validFrom: '2025-12-31T23:00:00.000Z',
      expiresAt: '2026-01-01T00:00:00.500Z',
    });
  });

  it('bring their money to their account, and after a change to the next one', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const [alice, bob] = await Promise.all(
      ['Alice', 'Bob'].map(
        async (name) => (await api.post('/api/v1/accounts').send({ name })).body,
      ),
    );
    const made = await api.post('/api/v1/pay-links').send({ ...COFFEE, accountId: alice.id });
    const path = `/api/v1/pay-links/${made.body.id}`;
    const first = await ordered(server, made.body.id);
    const second = await ordered(server, made.body.id);
    const third = await ordered(server, made.body.id);

    await paid(server, first);
    const moved = await api.patch(path).send({ accountId: bob.id });
    await paid(server, second);
    const home = await api.patch(path).send({ accountId: null });
    await paid(server, third);

    const balance = async (id: string) =>
      (await api.get(`/api/v1/accounts/${id}`)).body.balanceMsat;
    expect([made.body, moved.body, home.body].map(({ accountId }) => accountId)).toEqual([
      alice.id,
      bob.id,
      'treasury',
    ]);
    expect(await Promise.all(['node', 'treasury', alice.id, bob.id].map(balance))).toEqual([
      -63_000, 21_000, 21_000, 21_000,
    ]);
    expect((await api.get(`/api/v1/accounts/${alice.id}/entries`)).body.items).toEqual([
      expect.objectContaining({ seq: 1, kind: 'invoice', reference: first.id, amountMsat: 21_000 }),
    ]);
    expect((await api.patch(path).send({ accountId: 'ac_nobody' })).body.errors).toEqual([
      { pointer: '/accountId', detail: 'must be the id of an account, or treasury' },
    ]);
  });

  it('say that they were paid', async () => {
    await using server = await startOperatorApi();
    const { api, sql } = server;
    const { id } = (await api.post('/api/v1/pay-links').send({ ...COFFEE, oneTime: true })).body;
    await sql.query('update pay_links set paid_at = $1', [server.clock.now()]);

    const { body } = await api.get(`/api/v1/pay-links/${id}`);

    expect(body).toMatchObject({ id, oneTime: true, paidAt: NOW });
  });

  it('do not keep their token in the store', async () => {
    await using server = await startOperatorApi();
    const { api, sql } = server;

    const { body } = await api.post('/api/v1/pay-links').set('idempotency-key', 'one').send(COFFEE);

    const token = body.url.split('/').at(-1);
    const rows = await sql.query('select token_hash from pay_links');
    const [receipt] = await sql.query<{ body: string }>('select body from receipts');
    expect(rows).toEqual([{ token_hash: tokenHash(token) }]);
    expect(Buffer.from(receipt?.body ?? '', 'base64').toString('latin1')).not.toContain(token);
  });
});

describe('a new pay link', () => {
  const image = (base64: string, kind = 'png') => ({ image: { kind, base64 } });
  const action = (successAction: unknown) => ({ successAction });

  it.each<[pointer: string, given: object]>([
    ['/description', { description: undefined }],
    ['/description', { description: '' }],
    ['/description', { description: 'two\nlines' }],
    ['/description', { description: 'a\u0000b' }],
    ['/description', { description: 'x'.repeat(640) }],
    ['/description', { description: 5 }],
    ['/description', { description: null }],
    ['/longDescription', { longDescription: '' }],
    ['/longDescription', { longDescription: 'a\u0000b' }],
    ['/longDescription', { longDescription: null }],
    ['/minMsat', { minMsat: undefined }],
    ['/minMsat', { minMsat: 0 }],
    ['/minMsat', { minMsat: -1000 }],
    ['/minMsat', { minMsat: 999 }],
    ['/minMsat', { minMsat: 1500 }],
    ['/minMsat', { minMsat: 1000.5 }],
    ['/minMsat', { minMsat: '1000' }],
    ['/minMsat', { minMsat: [1000] }],
    ['/minMsat', { minMsat: true }],
    ['/minMsat', { minMsat: null }],
    ['/minMsat', { minMsat: 2000, maxMsat: 1000 }],
    ['/maxMsat', { maxMsat: 9_007_199_254_741_000 }],
    ['/maxMsat', { maxMsat: 1e300 }],
    ['/commentAllowed', { commentAllowed: -1 }],
    ['/commentAllowed', { commentAllowed: 501 }],
    ['/commentAllowed', { commentAllowed: 1.5 }],
    ['/commentAllowed', { commentAllowed: '10' }],
    ['/oneTime', { oneTime: 'true' }],
    ['/oneTime', { oneTime: 1 }],
    ['/invoiceExpirySeconds', { invoiceExpirySeconds: 59 }],
    ['/invoiceExpirySeconds', { invoiceExpirySeconds: 86_401 }],
    ['/invoiceExpirySeconds', { invoiceExpirySeconds: 60.5 }],
    ['/validFrom', { validFrom: '2026-01-01' }],
    ['/validFrom', { validFrom: '2026-01-01T00:00:00' }],
    ['/validFrom', { validFrom: '2026-02-30T00:00:00Z' }],
    ['/validFrom', { validFrom: 1_700_000_000 }],
    ['/expiresAt', { expiresAt: 'tomorrow' }],
    ['/validFrom', { validFrom: '2026-01-01T00:00:00Z', expiresAt: '2026-01-01T01:00:00+01:00' }],
    ['/label', { label: '' }],
    ['/label', { label: 'x'.repeat(201) }],
    ['/label', { label: 'a\u0000' }],
    ['/image/base64', image(`data:image/png;base64,${PNG}`)],
    ['/image/base64', image('not base64')],
    ['/image/base64', image(PNG, 'jpeg')],
    ['/image/kind', image(PNG, 'gif')],
    ['/image/base64', image('A'.repeat(140_000))],
    ['/image', { image: PNG }],
    ['/image/width', { image: { kind: 'png', base64: PNG, width: 1 } }],
    ['/successAction', action('thanks')],
    ['/successAction/tag', action({ tag: 'aes', iv: '' })],
    ['/successAction/message', action({ tag: 'message' })],
    ['/successAction/message', action({ tag: 'message', message: 'x'.repeat(145) })],
    ['/successAction/url', action({ tag: 'message', message: 'hi', url: 'x' })],
    ['/successAction/url', action({ tag: 'url', description: 'x', url: 'https://evil.example/' })],
    [
      '/successAction/url',
      action({ tag: 'url', description: 'x', url: 'http://pay.example.com/' }),
    ],
    ['/successAction/description', action({ tag: 'url', url: 'https://pay.example.com/' })],
    ['/payerData', { payerData: {} }],
    ['/accountId', { accountId: 'ac_1' }],
    ['/accountId', { accountId: 'node' }],
    ['/accountId', { accountId: 'in-flight' }],
    ['/accountId', { accountId: null }],
    ['/id', { id: 'pl_mine' }],
    ['/disabled', { disabled: true }],
    ['/name', { name: 'alice' }],
    ['/constructor', { constructor: 1 }],
    ['/a~1b~0c', { 'a/b~c': 1 }],
  ])('is refused for %s (%#)', async (pointer, given) => {
    await using server = await startOperatorApi();

    const { status, headers, body } = await server.api
      .post('/api/v1/pay-links')
      .send({ ...COFFEE, ...given });

    expect([status, headers['content-type']]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ]);
    expect(body).toMatchObject({
      type: '/problems/invalid-request',
      code: 'invalid-request',
      errors: [{ pointer, detail: expect.any(String) }],
    });
    expect((await server.sql.query('select * from pay_links')).length).toBe(0);
  });

  it.each<[text: string, pointer: string | undefined]>([
    ['[]', ''],
    ['null', ''],
    ['"text"', ''],
    ['5', ''],
    ['[{"description":"x"}]', ''],
    ['{"description":"a","minMsat":1000,"maxMsat":1000,"minMsat":2000}', '/minMsat'],
    ['{"description":"a","minMsat":1000,"maxMsat":1000,"m\\u0069nMsat":2000}', '/minMsat'],
    ['{"description":"a","minMsat":1000,"maxMsat":1e400}', '/maxMsat'],
    ['{"description":"a","minMsat":1000,"maxMsat":99999999999999999999}', '/maxMsat'],
    ['{"description":"a\\ud800","minMsat":1000,"maxMsat":1000}', '/description'],
    ['{"description":"a","minMsat":1000,"maxMsat":1000,"label":"\\udc00"}', '/label'],
    [
      '{"description":"a","minMsat":1000,"maxMsat":1000,"__proto__":{"oneTime":true}}',
      '/__proto__',
    ],
    ['{"description":"a","minMsat":1000,"maxMsat":1000,"":1}', '/'],
    ['{"description":"a",', undefined],
    ['{description:"a"}', undefined],
    ['NaN', undefined],
  ])('is refused with the text %s', async (text, pointer) => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api
      .post('/api/v1/pay-links')
      .set('content-type', 'application/json')
      .send(text);

    expect([status, body.code]).toEqual([400, 'invalid-request']);
    expect(body.errors?.[0]?.pointer).toBe(pointer);
  });

  it.each([
    ['lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['objects', `${'{"a":'.repeat(20)}1${'}'.repeat(20)}`],
  ])('is refused when %s are nested without end', async (_what, text) => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api
      .post('/api/v1/pay-links')
      .set('content-type', 'application/json')
      .send(text);

    expect([status, body.detail]).toEqual([400, 'The body is nested too deeply']);
  });

  it('is told every fault at once, but not without end', async () => {
    await using server = await startOperatorApi();
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x${index}`, 1]));

    const two = await server.api.post('/api/v1/pay-links').send({ minMsat: 1, maxMsat: 'x', y: 1 });
    const all = await server.api.post('/api/v1/pay-links').send({ ...COFFEE, ...many });

    expect(new Set(two.body.errors)).toEqual(
      new Set([
        { pointer: '/description', detail: 'is missing' },
        { pointer: '/minMsat', detail: 'must be at least 1000' },
        { pointer: '/maxMsat', detail: 'must be a whole number of millisatoshi' },
        { pointer: '/y', detail: 'is no member of this resource' },
      ]),
    );
    expect(all.body.errors).toHaveLength(20);
  });
});

describe('a change of a pay link', () => {
  it('touches only what it names, and null takes an optional member away', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const made = await api.post('/api/v1/pay-links').send({
      ...COFFEE,
      label: 'a',
      commentAllowed: 5,
      oneTime: true,
      invoiceExpirySeconds: 60,
      expiresAt: '2030-01-01T00:00:00Z',
      successAction: { tag: 'message', message: 'Thanks' },
      longDescription: 'Long',
      image: { kind: 'png', base64: PNG },
    });
    const path = `/api/v1/pay-links/${made.body.id}`;

    const named = await api.patch(path).send({ description: 'Tea', minMsat: 2000 });
    const cleared = await api.patch(path).send({
      label: null,
      commentAllowed: null,
      oneTime: null,
      invoiceExpirySeconds: null,
      expiresAt: null,
      validFrom: null,
      successAction: null,
      longDescription: null,
      image: null,
    });

    const { url, lnurl, lud17, qr, id, createdAt } = made.body;
    expect([named.status, named.body]).toEqual([
      200,
      { ...made.body, description: 'Tea', minMsat: 2000 },
    ]);
    expect([cleared.status, cleared.body]).toEqual([
      200,
      {
        id,
        url,
        lnurl,
        lud17,
        qr,
        createdAt,
        description: 'Tea',
        minMsat: 2000,
        maxMsat: COFFEE.maxMsat,
        commentAllowed: 0,
        oneTime: false,
        invoiceExpirySeconds: 3600,
        accountId: 'treasury',
      },
    ]);
    expect((await api.get(path)).body).toEqual(cleared.body);
  });

  it('switches a link off and on again', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const made = await api.post('/api/v1/pay-links').send(COFFEE);
    const path = `/api/v1/pay-links/${made.body.id}`;

    const off = await api.patch(path).send({ disabled: true });
    const on = await api.patch(path).send({ disabled: false });

    expect(off.body).toEqual({ ...made.body, disabledAt: NOW });
    expect(on.body).toEqual(made.body);
  });

  it('that names nothing changes nothing and tells nobody', async () => {
    await using server = await startOperatorApi();
    const { api, eventLog } = server;
    const made = await api.post('/api/v1/pay-links').send(COFFEE);
    const head = await eventLog.head();

    const { status, body } = await api.patch(`/api/v1/pay-links/${made.body.id}`).send({});

    expect([status, body, await eventLog.head()]).toEqual([200, made.body, head]);
  });

  it.each<[given: object, pointer: string]>([
    [{ description: null }, '/description'],
    [{ minMsat: null }, '/minMsat'],
    [{ maxMsat: 1500 }, '/maxMsat'],
    [{ minMsat: 200_000_000 }, '/minMsat'],
    [{ expiresAt: '2025-01-01T00:00:00Z' }, '/validFrom'],
    [{ disabled: 'yes' }, '/disabled'],
    [{ disabled: null }, '/disabled'],
    [{ name: 'bob' }, '/name'],
    [{ createdAt: NOW }, '/createdAt'],
    [{ url: 'https://evil.example' }, '/url'],
  ])('is refused with %j', async (given, pointer) => {
    await using server = await startOperatorApi();
    const made = await server.api
      .post('/api/v1/pay-links')
      .send({ ...COFFEE, validFrom: '2026-01-01T00:00:00Z' });
    const path = `/api/v1/pay-links/${made.body.id}`;

    const { status, body } = await server.api.patch(path).send(given);

    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
    expect((await server.api.get(path)).body).toEqual(made.body);
  });
});

describe('the end of a pay link', () => {
  it('is for good', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const { id } = (await api.post('/api/v1/pay-links').send(COFFEE)).body;
    const path = `/api/v1/pay-links/${id}`;

    const { status, text } = await api.delete(path);

    expect([status, text]).toEqual([204, '']);
    const after = [await api.get(path), await api.patch(path).send({}), await api.delete(path)];
    expect(after.map(({ status, body }) => [status, body.code])).toEqual([
      [404, 'not-found'],
      [404, 'not-found'],
      [404, 'not-found'],
    ]);
  });
});

/** An invoice over 21 satoshi as a wallet would have asked for it. */
async function ordered({ invoices }: OperatorApi, payLinkId: string): Promise<Invoice> {
  return await invoices.create(
    {
      ...{ payLinkId, version: 1, amount: satoshi(21n), expirySeconds: 3600, caller: 'somebody' },
      ...{ descriptionHash: descriptionHashOf('anything'), comment: undefined, tag: undefined },
    },
    new AbortController().signal,
  );
}

/** Pays an invoice and books it. */
async function paid(server: OperatorApi, { bolt11, paymentHash }: Invoice): Promise<void> {
  const { network, settlement } = server;
  await network.customer.pay(bolt11, { maxFee: satoshi(100n), timeoutMs: 1000 });
  const update = await network.ours.lookupInvoice(paymentHash);
  if (update) await settlement.apply(update);
}
