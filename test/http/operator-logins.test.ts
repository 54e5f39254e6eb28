import { describe, expect, it } from '@jest/globals';
import { answerQuery } from '../support/login-store.ts';
import { LoginWallet } from '../support/login-wallet.ts';
import { startOperatorApi } from '../support/operator-api.ts';

const NOW = '2023-11-14T22:13:20.000Z';
const IN_TEN_MINUTES = '2023-11-14T22:23:20.000Z';

describe('logins', () => {
  it.each([[{}], [undefined]])('are made without an action from %j', async (wish) => {
    await using server = await startOperatorApi();

    const { status, headers, body } = await server.api.post('/api/v1/logins').send(wish);

    const url = `https://pay.example.com/lnurla?tag=login&k1=${body.k1}`;
    expect([status, headers.location]).toEqual([201, `/api/v1/logins/${body.id}`]);
    expect(body).toEqual({
      id: expect.stringMatching(/^lg_[a-z2-7]{26}$/),
      k1: expect.stringMatching(/^[0-9a-f]{64}$/),
      url,
      lnurl: expect.stringMatching(/^LNURL1/),
      lud17: url.replace('https', 'keyauth'),
      qr: `https://pay.example.com/lnurla/${body.k1}/qr.svg`,
      state: 'pending',
      createdAt: NOW,
      expiresAt: IN_TEN_MINUTES,
    });
    expect((await server.api.get(headers.location ?? '')).body).toEqual(body);
  });

  it.each([['register'], ['login'], ['link'], ['auth']])('may be for %s', async (action) => {
    await using server = await startOperatorApi();

    const { body } = await server.api.post('/api/v1/logins').send({ action });

    expect(body.action).toBe(action);
    expect(body.url).toMatch(new RegExp(`&action=${action}$`));
  });

  it.each<[pointer: string, wish: object]>([
    ['/action', { action: 'pay' }],
    ['/action', { action: '' }],
    ['/action', { action: null }],
    ['/action', { action: ['login'] }],
    ['/action', { action: 'constructor' }],
    ['/browser', { browser: { hash: 'x' } }],
    ['/k1', { k1: '00'.repeat(32) }],
    ['', []],
  ])('are refused for %j (%#)', async (pointer, wish) => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api.post('/api/v1/logins').send(wish);

    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
  });

  it('say whose wallet proved its key, and no k1 any more', async () => {
    await using server = await startOperatorApi();
    const { api, logins, clock } = server;
    const made = (await api.post('/api/v1/logins').send({ action: 'login' })).body;
    const wallet = new LoginWallet(1);

    clock.advance(1000);
    await logins.answer(answerQuery(made.k1, await wallet.answer(made.k1)));

    const { k1, ...others } = made;
    expect((await api.get(`/api/v1/logins/${made.id}`)).body).toEqual({
      ...others,
      state: 'verified',
      linkingKey: wallet.key,
      verifiedAt: '2023-11-14T22:13:21.000Z',
    });
  });

  it('expire, and are listed the newest first', async () => {
    await using server = await startOperatorApi();
    const { api, clock } = server;
    const first = (await api.post('/api/v1/logins').send({})).body;
    clock.advance(600_000);

    const second = (await api.post('/api/v1/logins').send({})).body;

    const { k1, ...others } = first;
    expect((await api.get('/api/v1/logins')).body).toEqual({
      items: [second, { ...others, state: 'expired' }],
      next: null,
    });
    expect((await api.get(`/api/v1/logins?after=${second.id}`)).body.items).toHaveLength(1);
  });
});
