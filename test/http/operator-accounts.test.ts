import { describe, expect, it } from '@jest/globals';
import { type OperatorApi, startOperatorApi } from '../support/operator-api.ts';

const CREATED_AT = '2023-11-14T22:13:20.000Z';

describe('accounts', () => {
  it('begin with nothing, and never fall below 0 unless the operator says so', async () => {
    await using server = await startOperatorApi();

    const tenant = await server.api.post('/api/v1/accounts').send({ name: 'Alice' });
    const onCredit = await server.api
      .post('/api/v1/accounts')
      .send({ name: 'Bob', floorMsat: -50_000 });
    const endless = await server.api
      .post('/api/v1/accounts')
      .send({ name: 'Carol', floorMsat: null });

    const id = expect.stringMatching(/^ac_[a-z2-7]{26}$/);
    expect([tenant.status, tenant.body]).toEqual([
      201,
      { id, name: 'Alice', balanceMsat: 0, floorMsat: 0, createdAt: CREATED_AT },
    ]);
    expect(tenant.headers.location).toBe(`/api/v1/accounts/${tenant.body.id}`);
    expect(onCredit.body.floorMsat).toBe(-50_000);
    expect(endless.body).toEqual({ id, name: 'Carol', balanceMsat: 0, createdAt: CREATED_AT });
  });

  it.each<[string, object]>([
    ['/name', {}],
    ['/name', { name: ' ' }],
    ['/name', { name: 'two\nlines' }],
    ['/floorMsat', { name: 'Alice', floorMsat: 1.5 }],
    ['/floorMsat', { name: 'Alice', floorMsat: '0' }],
    ['/floorMsat', { name: 'Alice', floorMsat: 2 ** 53 }],
    ['/balanceMsat', { name: 'Alice', balanceMsat: 1000 }],
    ['/id', { name: 'Alice', id: 'ac_mine' }],
  ])('are not made with a wrong %s: %j', async (pointer, body) => {
    await using server = await startOperatorApi();

    const refused = await server.api.post('/api/v1/accounts').send(body);

    expect([refused.status, refused.body.code]).toEqual([400, 'invalid-request']);
    expect(refused.body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
  });

  it('are listed the newest first, those of the server itself at the end', async () => {
    await using server = await startOperatorApi();
    const alice = await openAccount(server, 'Alice');
    server.clock.advance(1000);
    const bob = await openAccount(server, 'Bob');

    const { body } = await server.api.get('/api/v1/accounts');
    const rest = await server.api.get(`/api/v1/accounts?after=${bob}&limit=2`);

    const server_ = ['treasury', 'set-aside', 'node', 'in-flight', 'fees'];
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([bob, alice, ...server_]);
    expect(rest.body.items.map(({ id }: { id: string }) => id)).toEqual([alice, 'treasury']);
    expect(rest.body.next).toBe('treasury');
  });

  it('are found by their id, the treasury too', async () => {
    await using server = await startOperatorApi();

    const { body } = await server.api.get('/api/v1/accounts/treasury');
    const nobody = await server.api.get('/api/v1/accounts/ac_nobody');

    expect(body).toEqual({
      id: 'treasury',
      name: 'The operator',
      balanceMsat: 0,
      createdAt: '1970-01-01T00:00:00.000Z',
    });
    expect([nobody.status, nobody.body.code]).toEqual([404, 'not-found']);
  });

  it('are given another name and another floor, each alone', async () => {
    await using server = await startOperatorApi();
    const id = await openAccount(server, 'Alice');
    const change = async (body: object) =>
      (await server.api.patch(`/api/v1/accounts/${id}`).send(body)).body;

    const renamed = await change({ name: 'Alice & Co.' });
    const lowered = await change({ floorMsat: -1000 });
    const freed = await change({ floorMsat: null });

    expect([renamed.name, renamed.floorMsat]).toEqual(['Alice & Co.', 0]);
    expect([lowered.name, lowered.floorMsat]).toEqual(['Alice & Co.', -1000]);
    expect([freed.name, 'floorMsat' in freed]).toEqual(['Alice & Co.', false]);
    expect(await change({})).toEqual(freed);
  });

  it('never have a floor above their balance', async () => {
    await using server = await startOperatorApi();
    const id = await openAccount(server, 'Alice', 5000);

    const kept = await server.api.patch(`/api/v1/accounts/${id}`).send({ floorMsat: 5000 });
    const tooHigh = await server.api.patch(`/api/v1/accounts/${id}`).send({ floorMsat: 5001 });
    const born = await server.api.post('/api/v1/accounts').send({ name: 'Bob', floorMsat: 1 });

    expect([kept.status, kept.body.floorMsat]).toEqual([200, 5000]);
    expect([tooHigh.status, tooHigh.body.code, tooHigh.body.errors]).toEqual([
      409,
      'balance-too-low',
      [{ pointer: '/floorMsat', detail: 'must not be above the balance' }],
    ]);
    expect([born.status, born.body.code]).toEqual([409, 'balance-too-low']);
  });

  it('of the server itself stay as they are, but the treasury may get a floor', async () => {
    await using server = await startOperatorApi();
    const change = async (id: string) =>
      await server.api.patch(`/api/v1/accounts/${id}`).send({ floorMsat: 0 });

    const treasury = await change('treasury');
    const others = await Promise.all(['node', 'fees', 'in-flight', 'set-aside'].map(change));

    expect([treasury.status, treasury.body.floorMsat]).toEqual([200, 0]);
    expect(others.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect((await change('ac_nobody')).status).toBe(404);
  });

  it('show every line of how their balance came to be', async () => {
    await using server = await startOperatorApi();
    const id = await openAccount(server, 'Alice', 5000);
    server.clock.advance(1000);
    const { body: made } = await server.api
      .post('/api/v1/transfers')
      .send({ from: id, to: 'treasury', amountMsat: 1001, note: 'rent' });

    const { body } = await server.api.get(`/api/v1/accounts/${id}/entries`);

    expect(body).toEqual({
      items: [
        {
          seq: 2,
          transferId: made.id,
          kind: 'operator',
          reference: made.id,
          note: 'rent',
          amountMsat: -1001,
          balanceMsat: 3999,
          createdAt: '2023-11-14T22:13:21.000Z',
        },
        {
          ...{ seq: 1, transferId: expect.any(String), kind: 'operator' },
          reference: expect.any(String),
          ...{ amountMsat: 5000, balanceMsat: 5000, createdAt: CREATED_AT },
        },
      ],
      next: null,
    });
  });

  it('show their lines page by page, by number', async () => {
    await using server = await startOperatorApi();
    const id = await openAccount(server, 'Alice', 1);
    for (const amount of [2, 3, 4, 5]) await give(server, id, amount);
    const page = async (query: string) => {
      const { body } = await server.api.get(`/api/v1/accounts/${id}/entries?${query}`);
      return [body.items.map(({ seq }: { seq: number }) => seq), body.next];
    };

    const first = await page('limit=2');
    const second = await page('limit=2&after=4');
    const last = await page('limit=2&after=2');

    expect([first, second, last]).toEqual([
      [[5, 4], '4'],
      [[3, 2], '2'],
      [[1], null],
    ]);
  });

  it.each(['0', '-1', '1.5', 'ac_1', ''])('do not know a line of number %j', async (after) => {
    await using server = await startOperatorApi();

    const refused = await server.api.get(`/api/v1/accounts/treasury/entries?after=${after}`);

    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [{ pointer: '/after', detail: 'must be the number of a line of this list' }],
    ]);
  });

  it('have no lines when there is no such account', async () => {
    await using server = await startOperatorApi();

    const refused = await server.api.get('/api/v1/accounts/ac_nobody/entries');

    expect([refused.status, refused.body.code]).toEqual([404, 'not-found']);
  });
});

describe('the trail of decisions', () => {
  it('has each of them once, with its key, without a gap', async () => {
    await using server = await startOperatorApi();
    const id = await openAccount(server, 'Alice', 5000);
    await server.api.patch(`/api/v1/accounts/${id}`).send({ floorMsat: -7 });
    await server.api.patch(`/api/v1/accounts/${id}`).send({ floorMsat: 9000 });
    await server.api.post('/api/v1/transfers').send({ from: id, to: 'treasury', amountMsat: 9000 });
    await server.api
      .post('/api/v1/transfers')
      .send({ from: id, to: 'treasury', amountMsat: 1000, note: 'rent' });

    const { body } = await server.api.get('/api/v1/audit');

    const line = { actor: 'key_admin', createdAt: CREATED_AT };
    const transfer = { ...line, action: 'transfer.made', subject: expect.stringMatching(/^tr_/) };
    expect(body).toEqual({
      items: [
        {
          ...{ seq: 4, ...transfer },
          detail: { from: id, to: 'treasury', amountMsat: 1000, note: 'rent' },
        },
        { seq: 3, ...line, action: 'account.changed', subject: id, detail: { floorMsat: -7 } },
        { seq: 2, ...transfer, detail: { from: 'treasury', to: id, amountMsat: 5000 } },
        {
          ...{ seq: 1, ...line, action: 'account.created', subject: id },
          detail: { name: 'Alice', floorMsat: 0 },
        },
      ],
      next: null,
    });
  });

  it('is read page by page', async () => {
    await using server = await startOperatorApi();
    for (const name of ['A', 'B', 'C']) await openAccount(server, name);

    const first = await server.api.get('/api/v1/audit?limit=2');
    const second = await server.api.get(`/api/v1/audit?limit=2&after=${first.body.next}`);

    const seqs = (body: { items: { seq: number }[] }) => body.items.map(({ seq }) => seq);
    expect([seqs(first.body), seqs(second.body), second.body.next]).toEqual([[3, 2], [1], null]);
  });
});

async function openAccount(server: OperatorApi, name: string, balance = 0): Promise<string> {
  const { status, body } = await server.api.post('/api/v1/accounts').send({ name });
  expect(status).toBe(201);
  if (balance > 0) await give(server, body.id, balance);
  return body.id;
}

async function give(server: OperatorApi, to: string, amountMsat: number): Promise<void> {
  const order = { from: 'treasury', to, amountMsat };
  const { status } = await server.api.post('/api/v1/transfers').send(order);
  expect(status).toBe(201);
}
