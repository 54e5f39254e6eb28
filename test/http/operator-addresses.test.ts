import { describe, expect, it } from '@jest/globals';
import { COFFEE, startOperatorApi } from '../support/operator-api.ts';

describe('addresses', () => {
  it('are pay links with a name, in small letters, under the first of our domains', async () => {
    await using server = await startOperatorApi();
    const { api, payLinks } = server;

    const { status, headers, body } = await api
      .post('/api/v1/addresses')
      .send({ ...COFFEE, name: 'Alice.B-1_' });

    const token = payLinks.token(await payLinks.get(body.id));
    const url = `https://pay.example.com/lnurlp/${token}`;
    expect([status, headers.location]).toEqual([201, `/api/v1/addresses/${body.id}`]);
    expect(body).toEqual({
      id: expect.stringMatching(/^pl_/),
      name: 'alice.b-1_',
      domain: 'pay.example.com',
      address: 'alice.b-1_@pay.example.com',
      url,
      lnurl: expect.stringMatching(/^LNURL1/),
      lud17: url.replace('https', 'lnurlp'),
      qr: `${url}/qr.svg`,
      ...COFFEE,
      commentAllowed: 0,
      oneTime: false,
      invoiceExpirySeconds: 3600,
      accountId: 'treasury',
      createdAt: '2023-11-14T22:13:20.000Z',
    });
    expect((await api.get(headers.location ?? '')).body).toEqual(body);
  });

  it('may stand under another of our domains, and under `_` for the domain itself', async () => {
    await using server = await startOperatorApi();

    const { body } = await server.api
      .post('/api/v1/addresses')
      .send({ ...COFFEE, name: '_', domain: 'EXAMPLE.com' });

    expect(body).toMatchObject({ name: '_', domain: 'example.com', address: '_@example.com' });
  });

  it.each<[pointer: string, given: object]>([
    ['/name', {}],
    ['/name', { name: '' }],
    ['/name', { name: 'a b' }],
    ['/name', { name: 'a+b' }],
    ['/name', { name: '.a' }],
    ['/name', { name: 'ä' }],
    ['/name', { name: 'a\u0000' }],
    ['/name', { name: 'x'.repeat(65) }],
    ['/name', { name: ['a'] }],
    ['/domain', { name: 'a', domain: 'evil.example' }],
    ['/domain', { name: 'a', domain: '' }],
    ['/domain', { name: 'a', domain: null }],
    ['/domain', { name: 'a', domain: 'pay.example.com.' }],
    ['/minMsat', { name: 'a', minMsat: 1 }],
    ['/address', { name: 'a', address: 'a@pay.example.com' }],
  ])('are refused for %s (%#)', async (pointer, given) => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api
      .post('/api/v1/addresses')
      .send({ ...COFFEE, ...given });

    expect([status, body.code, body.errors]).toEqual([
      400,
      'invalid-request',
      [{ pointer, detail: expect.any(String) }],
    ]);
  });

  it('have a name that is free on each domain, and free again when they are deleted', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const alice = { ...COFFEE, name: 'alice' };
    const first = await api.post('/api/v1/addresses').send(alice);

    const again = await api.post('/api/v1/addresses').send({ ...alice, name: 'ALICE' });
    const elsewhere = await api.post('/api/v1/addresses').send({ ...alice, domain: 'example.com' });
    await api.delete(`/api/v1/addresses/${first.body.id}`);
    const later = await api.post('/api/v1/addresses').send(alice);

    expect([again.status, again.body.code, again.body.errors]).toEqual([
      409,
      'name-taken',
      [{ pointer: '/name', detail: 'is taken on this domain' }],
    ]);
    expect([elsewhere.status, later.status]).toEqual([201, 201]);
  });

  it('are given to one of ten who ask at once', async () => {
    await using server = await startOperatorApi();

    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        return await server.api.post('/api/v1/addresses').send({ ...COFFEE, name: 'alice' });
      }),
    );

    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
  });

  it('keep their name, whatever else changes', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const made = await api.post('/api/v1/addresses').send({ ...COFFEE, name: 'alice' });
    const path = `/api/v1/addresses/${made.body.id}`;

    const changed = await api.patch(path).send({ maxMsat: 2000, label: 'tips' });
    const renamed = await api.patch(path).send({ name: 'bob' });
    const moved = await api.patch(path).send({ domain: 'example.com' });

    expect(changed.body).toEqual({ ...made.body, maxMsat: 2000, label: 'tips' });
    const detail = 'cannot be changed: delete the address and make another';
    expect([renamed.status, renamed.body.errors]).toEqual([400, [{ pointer: '/name', detail }]]);
    expect([moved.status, moved.body.errors]).toEqual([400, [{ pointer: '/domain', detail }]]);
  });

  it('and pay links are not found among each other', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const link = (await api.post('/api/v1/pay-links').send(COFFEE)).body;
    const address = (await api.post('/api/v1/addresses').send({ ...COFFEE, name: 'a' })).body;

    const strays = [
      await api.get(`/api/v1/addresses/${link.id}`),
      await api.patch(`/api/v1/addresses/${link.id}`).send({ label: 'x' }),
      await api.delete(`/api/v1/addresses/${link.id}`),
      await api.get(`/api/v1/pay-links/${address.id}`),
      await api.patch(`/api/v1/pay-links/${address.id}`).send({ label: 'x' }),
      await api.delete(`/api/v1/pay-links/${address.id}`),
    ];

    expect(strays.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
    expect((await api.get('/api/v1/pay-links')).body).toEqual({ items: [link], next: null });
    expect((await api.get('/api/v1/addresses')).body).toEqual({ items: [address], next: null });
  });
});
