import { describe, expect, it } from '@jest/globals';
import { COFFEE, type OperatorApi, startOperatorApi } from '../support/operator-api.ts';

const GIFT = { description: 'A gift', minMsat: 21_000, maxMsat: 21_000, uses: 1 };
const MINUTE_MS = 60_000;

/** Makes a key and answers it, for whoever holds it. */
async function keyFor(server: OperatorApi, order: object) {
  const made = await server.api.post('/api/v1/api-keys').send({ name: 'A key', ...order });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return { ...made.body, agent: server.as(made.body.key) };
}

async function accountFor(server: OperatorApi, name: string): Promise<string> {
  return (await server.api.post('/api/v1/accounts').send({ name })).body.id;
}

describe('API keys', () => {
  it('are shown once, and kept as what cannot be turned back', async () => {
    await using server = await startOperatorApi();

    const made = await server.api
      .post('/api/v1/api-keys')
      .send({ name: 'The shop', scopes: ['read', 'links'] });

    const { key, ...shown } = made.body;
    const listed = await server.api.get('/api/v1/api-keys');
    const again = await server.api.get(`/api/v1/api-keys/${shown.id}`);
    const rows = await server.sql.query('select * from api_keys', []);
    expect(made.status).toBe(201);
    expect(key).toMatch(/^bg_[a-z2-7]{52}$/);
    expect(shown).toEqual({
      id: expect.stringMatching(/^key_/),
      name: 'The shop',
      scopes: ['read', 'links'],
      createdAt: '2023-11-14T22:13:20.000Z',
    });
    expect(again.body).toEqual(shown);
    expect(listed.body).toEqual({ items: [shown], next: null });
    expect(JSON.stringify(rows, (_, v) => String(v))).not.toContain(key);
    expect(JSON.stringify(server.lines)).not.toContain(key);
  });

  it('open nothing any more once they are revoked, and say when they were used', async () => {
    await using server = await startOperatorApi();
    const shop = await keyFor(server, { scopes: ['read'] });
    const before = await shop.agent.get('/api/v1/pay-links');
    server.clock.advance(MINUTE_MS);
    await shop.agent.get('/api/v1/pay-links');

    const done = await server.api.delete(`/api/v1/api-keys/${shop.id}`);
    const twice = await server.api.delete(`/api/v1/api-keys/${shop.id}`);

    const after = await shop.agent.get('/api/v1/pay-links');
    const { body } = await server.api.get(`/api/v1/api-keys/${shop.id}`);
    expect([before.status, done.status, twice.status, after.status]).toEqual([200, 204, 204, 401]);
    expect([body.lastUsedAt, body.revokedAt]).toEqual([
      '2023-11-14T22:14:20.000Z',
      '2023-11-14T22:14:20.000Z',
    ]);
  });

  it('are in the trail, with who made and who revoked them', async () => {
    await using server = await startOperatorApi();
    const boss = await keyFor(server, { scopes: ['admin'] });
    const { body } = await boss.agent
      .post('/api/v1/api-keys')
      .send({ name: 'x', scopes: ['read'] });

    await boss.agent.delete(`/api/v1/api-keys/${body.id}`);

    const trail = await server.api.get('/api/v1/audit');
    const told = trail.body.items.map((line: Record<string, string>) => [
      ...[line.actor, line.action, line.subject],
    ]);
    expect(told).toEqual([
      [boss.id, 'key.revoked', body.id],
      [boss.id, 'key.created', body.id],
      ['key_admin', 'key.created', boss.id],
    ]);
  });

  it.each([
    ['/name', { scopes: ['read'] }],
    ['/scopes', { name: 'x' }],
    ['/scopes', { name: 'x', scopes: [] }],
    ['/scopes/0', { name: 'x', scopes: ['all'] }],
    ['/scopes', { name: 'x', scopes: ['read', 'read'] }],
    ['/accountId', { name: 'x', scopes: ['read'], accountId: 'ac_nobody' }],
    ['/accountId', { name: 'x', scopes: ['read'], accountId: 'treasury' }],
    ['/key', { name: 'x', scopes: ['read'], key: 'bg_mine' }],
  ])('are not made with a wrong %s: %j', async (pointer, body) => {
    await using server = await startOperatorApi();

    const refused = await server.api.post('/api/v1/api-keys').send(body);

    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [{ pointer, detail: expect.any(String) }],
    ]);
  });

  it('never open anything from a URL', async () => {
    await using server = await startOperatorApi();
    const { key } = await keyFor(server, { scopes: ['read'] });

    const asked = await server.api.get(`/api/v1/pay-links?limit=5&x=${key}`);

    expect([asked.status, asked.body.code]).toEqual([401, 'unauthorized']);
    expect(asked.text).not.toContain(key);
  });
});

describe('the scopes of a key', () => {
  const GETS = [
    ...['/pay-links', '/addresses', '/invoices', '/withdrawals', '/channels', '/accounts'],
    ...['/node', '/withdraw-links', '/withdraw-batches', '/channel-offers', '/logins'],
    ...['/audit', '/api-keys'],
  ];
  const OPEN: Readonly<Record<string, readonly string[]>> = {
    read: GETS.slice(0, 7),
    links: ['/pay-links', '/addresses'],
    payouts: ['/withdraw-links', '/withdraw-batches', '/channel-offers'],
    logins: ['/logins'],
    admin: GETS,
  };

  it.each(Object.entries(OPEN))(
    '%s open for reading what they name, and nothing else',
    async (scope, open) => {
      await using server = await startOperatorApi();
      const { agent } = await keyFor(server, { scopes: [scope] });

      const opened: string[] = [];
      for (const path of GETS) {
        const { status, body } = await agent.get(`/api/v1${path}`);
        if (status === 200) opened.push(path);
        else expect([status, body.code]).toEqual([403, 'forbidden']);
      }

      expect(opened.toSorted()).toEqual(open.toSorted());
    },
  );

  it.each([
    ['/pay-links', COFFEE, 'links'],
    ['/addresses', { ...COFFEE, name: 'alice' }, 'links'],
    ['/withdraw-links', GIFT, 'payouts'],
    ['/channel-offers', { capacitySat: 100_000 }, 'payouts'],
    ['/logins', {}, 'logins'],
    ['/accounts', { name: 'Alice' }, 'admin'],
    ['/api-keys', { name: 'x', scopes: ['admin'] }, 'admin'],
    ['/events/tickets', {}, 'read'],
  ])('open %s for writing to %j with %s alone', async (path, body, scope) => {
    await using server = await startOperatorApi();
    const others = ['read', 'links', 'payouts', 'logins'].filter((one) => one !== scope);
    const without = await keyFor(server, { scopes: others });
    const having = await keyFor(server, { scopes: [scope] });

    const refused = await without.agent.post(`/api/v1${path}`).send(body);
    const made = await having.agent.post(`/api/v1${path}`).send(body);

    expect([refused.status, refused.body.detail]).toEqual([
      403,
      `This key needs the scope ${scope} for this`,
    ]);
    expect(made.status).toBe(201);
  });
});

describe('a key of one account', () => {
  async function twoShops() {
    const server = await startOperatorApi();
    const [alice, bob] = [await accountFor(server, 'Alice'), await accountFor(server, 'Bob')];
    const scopes = ['read', 'links', 'payouts'];
    const his = await keyFor(server, { scopes, accountId: bob });
    const hers = await keyFor(server, { scopes, accountId: alice });
    return { server, alice, bob, his, hers };
  }

  it('makes for its account, and sees what is its own alone', async () => {
    const { server, alice, his, hers } = await twoShops();
    await using _ = server;
    await server.api.post('/api/v1/pay-links').send(COFFEE);
    const batch = { description: 'x', minMsat: 1_000, maxMsat: 1_000, count: 2 };

    const link = await hers.agent.post('/api/v1/pay-links').send(COFFEE);
    const gift = await hers.agent.post('/api/v1/withdraw-links').send(GIFT);
    const gifts = await hers.agent.post('/api/v1/withdraw-batches').send(batch);

    expect([link.body.accountId, gift.body.accountId, gifts.body.accountId]).toEqual([
      alice,
      alice,
      alice,
    ]);
    const lists = ['/pay-links', '/withdraw-links', '/withdraw-batches', '/accounts'];
    for (const path of lists) {
      const own = await hers.agent.get(`/api/v1${path}`);
      const other = await his.agent.get(`/api/v1${path}`);
      expect([path, own.body.items.length, other.body.items.length]).toEqual([
        path,
        1,
        path === '/accounts' ? 1 : 0,
      ]);
    }
  });

  it('finds nothing of others, by whatever way it asks', async () => {
    const { server, alice, his, hers } = await twoShops();
    await using _ = server;
    const batch = { description: 'x', minMsat: 1_000, maxMsat: 1_000, count: 1 };
    const link = (await hers.agent.post('/api/v1/pay-links').send(COFFEE)).body;
    const gift = (await hers.agent.post('/api/v1/withdraw-links').send(GIFT)).body;
    const gifts = (await hers.agent.post('/api/v1/withdraw-batches').send(batch)).body;
    const of = (path: string) => `/api/v1${path}`;

    const answers = [
      await his.agent.get(of(`/pay-links/${link.id}`)),
      await his.agent.patch(of(`/pay-links/${link.id}`)).send({ disabled: true }),
      await his.agent.delete(of(`/pay-links/${link.id}`)),
      await his.agent.get(of(`/withdraw-links/${gift.id}`)),
      await his.agent.patch(of(`/withdraw-links/${gift.id}`)).send({ disabled: true }),
      await his.agent.delete(of(`/withdraw-links/${gift.id}`)),
      await his.agent.get(of(`/withdraw-batches/${gifts.id}`)),
      await his.agent.patch(of(`/withdraw-batches/${gifts.id}`)).send({ disabled: true }),
      await his.agent.get(of(`/withdraw-batches/${gifts.id}/vouchers`)),
      await his.agent.get(of(`/withdraw-batches/${gifts.id}/vouchers?format=csv`)),
      await his.agent.get(of(`/withdraw-batches/${gifts.id}/print`)),
      await his.agent.post(of(`/withdraw-batches/${gifts.id}/print-tickets`)).send({}),
      await his.agent.get(of(`/accounts/${alice}`)),
      await his.agent.get(of(`/accounts/${alice}/entries`)),
    ];

    expect(answers.map(({ status }) => status)).toEqual(Array(answers.length).fill(404));
    expect((await hers.agent.get(of(`/pay-links/${link.id}`))).body).toEqual(link);
    expect(gift).toMatchObject((await hers.agent.get(of(`/withdraw-links/${gift.id}`))).body);
  });

  it('gives nothing to another account, and takes no pay link of one', async () => {
    const { server, alice, bob, his, hers } = await twoShops();
    await using _ = server;
    const link = (await hers.agent.post('/api/v1/pay-links').send(COFFEE)).body;

    const toBob = await hers.agent.post('/api/v1/pay-links').send({ ...COFFEE, accountId: bob });
    const moved = await hers.agent.patch(`/api/v1/pay-links/${link.id}`).send({ accountId: bob });
    const away = await hers.agent.patch(`/api/v1/pay-links/${link.id}`).send({ accountId: null });
    const topUp = await his.agent
      .post('/api/v1/withdraw-links')
      .send({ ...GIFT, payLinkId: link.id });
    const own = await hers.agent.post('/api/v1/pay-links').send({ ...COFFEE, accountId: alice });

    expect([toBob.status, moved.status, away.status, topUp.status, own.status]).toEqual([
      400, 400, 400, 400, 201,
    ]);
  });

  it('does not open what belongs to no account', async () => {
    const { server, hers } = await twoShops();
    await using _ = server;

    const paths = ['/node', '/channels', '/reconcile', '/events', '/audit', '/logins'];
    const answers = await Promise.all(
      paths.map(async (path) => await hers.agent.get(`/api/v1${path}`)),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array(paths.length).fill(403));
  });

  it('cannot be one that may do everything', async () => {
    await using server = await startOperatorApi();
    const accountId = await accountFor(server, 'Alice');

    const refused = await server.api
      .post('/api/v1/api-keys')
      .send({ name: 'x', scopes: ['admin'], accountId });

    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [{ pointer: '/accountId', detail: 'does not go with the scope admin' }],
    ]);
  });
});
