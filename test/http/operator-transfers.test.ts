import { describe, expect, it } from '@jest/globals';
import { type OperatorApi, startOperatorApi } from '../support/operator-api.ts';

describe('a transfer', () => {
  it('moves money from one account to another', async () => {
    await using server = await startOperatorApi();
    const { alice } = await openAccounts(server);

    const { status, body, headers } = await server.api
      .post('/api/v1/transfers')
      .send({ from: 'treasury', to: alice, amountMsat: 1234, note: 'wages' });

    const transfer = {
      id: expect.stringMatching(/^tr_[a-z2-7]{26}$/),
      kind: 'operator',
      reference: body.id,
      note: 'wages',
      entries: [
        { accountId: 'treasury', amountMsat: -1234 },
        { accountId: alice, amountMsat: 1234 },
      ],
      createdAt: '2023-11-14T22:13:20.000Z',
    };
    expect([status, body]).toEqual([
      201,
      { from: 'treasury', to: alice, amountMsat: 1234, ...transfer },
    ]);
    expect((await server.api.get(headers.location ?? '')).body).toEqual(transfer);
    expect(await balances(server)).toEqual({ treasury: -1234, [alice]: 1234 });
  });

  it.each<[string, object]>([
    ['/from', { from: undefined }],
    ['/from', { from: 'ac_nobody' }],
    ['/from', { from: 'node' }],
    ['/from', { from: 'fees' }],
    ['/from', { from: 'in-flight' }],
    ['/from', { from: 'set-aside' }],
    ['/from', { from: 1 }],
    ['/to', { to: 'ac_nobody' }],
    ['/to', { to: 'node' }],
    ['/to', { to: 'fees' }],
    ['/to', { to: 'in-flight' }],
    ['/to', { to: 'set-aside' }],
    ['/to', { to: 'treasury' }],
    ['/amountMsat', { amountMsat: 0 }],
    ['/amountMsat', { amountMsat: -1 }],
    ['/amountMsat', { amountMsat: 0.5 }],
    ['/amountMsat', { amountMsat: '1000' }],
    ['/amountMsat', { amountMsat: 2 ** 53 }],
    ['/note', { note: '' }],
    ['/note', { note: 'x'.repeat(501) }],
    ['/fee', { fee: 1 }],
  ])('is refused for a wrong %s: %j, and nothing moves', async (pointer, wrong) => {
    await using server = await startOperatorApi();
    const { alice } = await openAccounts(server);

    const refused = await server.api
      .post('/api/v1/transfers')
      .send({ from: 'treasury', to: alice, amountMsat: 1000, ...wrong });

    expect([refused.status, refused.body.code]).toEqual([400, 'invalid-request']);
    expect(refused.body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
    expect(await balances(server)).toEqual({});
  });

  it('leaves no account below its floor, by one millisatoshi', async () => {
    await using server = await startOperatorApi();
    const { alice, bob } = await openAccounts(server);
    await give(server, alice, 1000);
    const move = async (amountMsat: number) =>
      await server.api.post('/api/v1/transfers').send({ from: alice, to: bob, amountMsat });

    const tooMuch = await move(1001);
    const all = await move(1000);

    expect([tooMuch.status, tooMuch.body.code]).toEqual([409, 'balance-too-low']);
    expect(all.status).toBe(201);
    expect(await balances(server)).toEqual({ treasury: -1000, [bob]: 1000 });
  });

  it('of the last money is won by one of ten', async () => {
    await using server = await startOperatorApi();
    const { alice, bob } = await openAccounts(server);
    await give(server, alice, 1000);

    const answers = await Promise.all(
      Array.from(
        { length: 10 },
        async () =>
          await server.api
            .post('/api/v1/transfers')
            .send({ from: alice, to: bob, amountMsat: 600 }),
      ),
    );

    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
    expect(await balances(server)).toEqual({ treasury: -1000, [alice]: 400, [bob]: 600 });
  });

  it('is made once for each Idempotency-Key, however often it comes (FC-31)', async () => {
    await using server = await startOperatorApi();
    const { alice } = await openAccounts(server);
    const post = async (amountMsat: number) =>
      await server.api
        .post('/api/v1/transfers')
        .set('idempotency-key', 'wages of may')
        .send({ from: 'treasury', to: alice, amountMsat });

    const answers = await Promise.all(Array.from({ length: 10 }, async () => await post(1000)));
    const other = await post(2000);

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-conflict']);
    expect(await balances(server)).toEqual({ treasury: -1000, [alice]: 1000 });
    expect((await server.api.get('/api/v1/audit')).body.items).toHaveLength(3);
  });

  it('that was refused is refused again with the same key, also when it could be made by now', async () => {
    await using server = await startOperatorApi();
    const { alice, bob } = await openAccounts(server);
    const post = async () =>
      await server.api
        .post('/api/v1/transfers')
        .set('idempotency-key', 'k')
        .send({ from: alice, to: bob, amountMsat: 1000 });

    const first = await post();
    await give(server, alice, 1000);
    const again = await post();

    expect([first.status, again.status]).toEqual([409, 409]);
  });

  it('is not found when it never was', async () => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api.get('/api/v1/transfers/tr_nothing');

    expect([status, body.code]).toEqual([404, 'not-found']);
  });
});

async function openAccounts({ api }: OperatorApi): Promise<{ alice: string; bob: string }> {
  const open = async (name: string): Promise<string> =>
    (await api.post('/api/v1/accounts').send({ name })).body.id;
  return { alice: await open('Alice'), bob: await open('Bob') };
}

async function give({ api }: OperatorApi, to: string, amountMsat: number): Promise<void> {
  const { status } = await api.post('/api/v1/transfers').send({ from: 'treasury', to, amountMsat });
  expect(status).toBe(201);
}

/** Balances that are not 0, by account. */
async function balances({ api }: OperatorApi): Promise<Record<string, number>> {
  const { body } = await api.get('/api/v1/accounts');
  const items: readonly { id: string; balanceMsat: number }[] = body.items;
  return Object.fromEntries(
    items.filter((account) => account.balanceMsat !== 0).map((a) => [a.id, a.balanceMsat]),
  );
}
