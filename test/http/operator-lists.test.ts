import { describe, expect, it } from '@jest/globals';
import { COFFEE, type OperatorApi, startOperatorApi } from '../support/operator-api.ts';

describe('a list', () => {
  it('is empty and at its end when there is nothing', async () => {
    await using server = await startOperatorApi();

    const lists = await Promise.all(
      ['pay-links', 'addresses', 'logins', 'invoices'].map(async (name) => {
        return (await server.api.get(`/api/v1/${name}`)).body;
      }),
    );

    expect(lists).toEqual([1, 2, 3, 4].map(() => ({ items: [], next: null })));
  });

  it('shows the newest first, and page by page all of them once', async () => {
    await using server = await startOperatorApi();
    const ids = await makeLinks(server, 7);

    const pages = [];
    let after = '';
    do {
      const { body } = await server.api.get(`/api/v1/pay-links?limit=3${after}`);
      pages.push(body.items.map(({ id }: { id: string }) => id));
      after = body.next === null ? '' : `&after=${body.next}`;
    } while (after !== '');

    const newest = ids.toReversed();
    expect(pages).toEqual([newest.slice(0, 3), newest.slice(3, 6), newest.slice(6)]);
  });

  it('ends where a page is just full', async () => {
    await using server = await startOperatorApi();
    const ids = await makeLinks(server, 3);

    const { body } = await server.api.get('/api/v1/pay-links?limit=3');

    expect([body.items.length, body.next]).toEqual([ids.length, null]);
  });

  it('has 50 items when nothing else is asked for, and at most 100', async () => {
    await using server = await startOperatorApi();
    await makeLinks(server, 101);

    const lists = [
      (await server.api.get('/api/v1/pay-links')).body,
      (await server.api.get('/api/v1/pay-links?limit=100')).body,
    ];

    expect(lists.map(({ items, next }) => [items.length, next === items.at(-1)?.id])).toEqual([
      [50, true],
      [100, true],
    ]);
  });

  it('goes on behind an item that is gone', async () => {
    await using server = await startOperatorApi();
    const [oldest, middle] = await makeLinks(server, 3);
    await server.api.delete(`/api/v1/pay-links/${middle}`);

    const { status, body } = await server.api.get(`/api/v1/pay-links?after=${middle}`);

    expect([status, body]).toMatchObject([200, { items: [{ id: oldest }], next: null }]);
  });

  it.each([
    ['pay-links?limit=0', '/limit'],
    ['pay-links?limit=101', '/limit'],
    ['pay-links?limit=-1', '/limit'],
    ['pay-links?limit=1.5', '/limit'],
    ['pay-links?limit=', '/limit'],
    ['pay-links?limit=ten', '/limit'],
    ['pay-links?limit=1e1', '/limit'],
    ['pay-links?limit=010', '/limit'],
    ['pay-links?limit=99999999999999999999', '/limit'],
    ['pay-links?limit=10&limit=10', '/limit'],
    ['pay-links?after=pl_nobody', '/after'],
    ['pay-links?after=', '/after'],
    ['pay-links?after=%00', '/after'],
    ['pay-links?after=a&after=b', '/after'],
    ['addresses?after=pl_nobody', '/after'],
    ['logins?after=lg_nobody', '/after'],
    ['invoices?after=inv_nobody', '/after'],
    ['invoices?state=paid', '/state'],
    ['invoices?state=', '/state'],
    ['invoices?state=open,settled', '/state'],
    ['invoices?state=open&state=settled', '/state'],
    ['invoices?state=constructor', '/state'],
    ['invoices?since=yesterday', '/since'],
    ['invoices?since=1700000000', '/since'],
    ['invoices?since=2026-01-01T00:00:00', '/since'],
  ])('is refused for what nobody understands: %s', async (path, pointer) => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api.get(`/api/v1/${path}`);

    expect([status, body.code, body.errors]).toEqual([
      400,
      'invalid-request',
      [{ pointer, detail: expect.any(String) }],
    ]);
  });

  it('takes no notice of parameters that it does not know', async () => {
    await using server = await startOperatorApi();

    const { status } = await server.api.get(
      '/api/v1/pay-links?utm_source=x&__proto__[limit]=0&a[b]=c',
    );

    expect(status).toBe(200);
  });
});

/** Ids of so many links, the oldest first, each a moment younger. */
async function makeLinks({ payLinks, api, clock }: OperatorApi, count: number): Promise<string[]> {
  const ids: string[] = [];
  const first = (await api.post('/api/v1/pay-links').send(COFFEE)).body.id;
  const terms = await payLinks.get(first);
  ids.push(first);
  while (ids.length < count) {
    clock.advance(1);
    ids.push((await payLinks.create(terms, undefined)).id);
  }
  return ids;
}
