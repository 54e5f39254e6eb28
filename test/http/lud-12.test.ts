import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { start } from '../support/start.ts';
import {
  eventsOf,
  invoicesOf,
  makeLink,
  order,
  orderFrom,
  patchLink,
  pay,
  readOffer,
  type Server,
  settled,
} from '../support/wallet.ts';

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** Sends the query as it stands, and answers with the comment that was kept. */
async function kept(commentAllowed: number, query: string) {
  const link = await makeLink(server, { commentAllowed });
  const { body } = await server.wallet.get(
    `${server.local(link.url)}/callback/1?amount=1000${query}`,
  );
  const [invoice] = await invoicesOf(server, { linkId: link.id });
  return { body, comment: invoice?.comment };
}

const FAMILY = '👨‍👩‍👧‍👦';

describe('LUD-12: commentAllowed', () => {
  it.each([0, 1, 255, 500])(
    'is the number %i, and there when it is 0 (LUD12-1, FC-4)',
    async (commentAllowed) => {
      const link = await makeLink(server, { commentAllowed });

      const { text } = await server.wallet.get(server.local(link.url));

      expect(text).toContain(`"commentAllowed":${commentAllowed}}`);
    },
  );

  it('is that of today', async () => {
    const link = await makeLink(server, { commentAllowed: 10 });
    const offer = await readOffer(server, link.url);
    await patchLink(server, link.id, { commentAllowed: 2 });

    const { body } = await server.wallet
      .get(server.local(offer.callback))
      .query({ amount: 1000, comment: 'abc' });

    expect(body).toEqual({
      status: 'ERROR',
      reason: 'comment too long, maximum 2 characters',
    });
  });
});

describe('LUD-12: a comment', () => {
  it.each([
    ['&comment=Hello', 'Hello'],
    ['&comment=two+words%20here', 'two words here'],
    ['&comment=1%2B1%3D2', '1+1=2'],
    ['&comment=a%26b%23c', 'a&b#c'],
    ['&comment=cut&off', 'cut'],
    ['&comment=cr%C3%A8me', 'crème'],
    ['&comment=line%0Abreak', 'line\nbreak'],
    ['&comment=a%00b%07c%0Dd%1Be', 'abcde'],
    ['&comment=%3Cscript%3E', '<script>'],
    ['&comment=%27%29%3B+drop+table+invoices%3B', "'); drop table invoices;"],
    ['&comment=twice&comment=twice', 'twice'],
    ['&COMMENT=other', undefined],
    ['&comment=', undefined],
    ['&comment', undefined],
    ['&comment=%00', undefined],
    ['', undefined],
  ])('of %j is kept as %j (LUD12-3, LUD12-6, LUD12-7, GEN-16)', async (query, wanted) => {
    const { body, comment } = await kept(100, query);

    expect([typeof body.pr, comment]).toEqual(['string', wanted]);
  });

  it.each([
    ['letters', 3, 'abc'],
    ['an emoji of eleven code units', 4, FAMILY],
    ['flags', 3, '🇨🇭🇨🇭🇨🇭'],
    ['accents that are written apart', 3, 'e\u0301'.repeat(3)],
    ['exactly as many', 500, 'x'.repeat(500)],
  ])('is counted as a person counts: %s (LUD12-2)', async (_name, commentAllowed, comment) => {
    const found = await kept(commentAllowed, `&comment=${encodeURIComponent(comment)}`);

    expect(found.comment).toBe(comment);
  });

  it.each([
    ['one letter too many', 3, 'abcd'],
    ['one emoji too many', 3, '🎉🎉🎉🎉'],
    ['a single character of many bytes', 2, `e${'\u0301'.repeat(50)}`],
    ['far too long', 500, 'x'.repeat(10_000)],
  ])('is refused when it is too long: %s (LUD12-2)', async (_name, commentAllowed, comment) => {
    const { body, comment: found } = await kept(
      commentAllowed,
      `&comment=${encodeURIComponent(comment)}`,
    );

    expect(body).toEqual({
      status: 'ERROR',
      reason: `comment too long, maximum ${commentAllowed} characters`,
    });
    expect(found).toBeUndefined();
  });

  it('is ignored where none is allowed, however long (LUD12-4, Q-16)', async () => {
    const { body, comment } = await kept(0, `&comment=${'x'.repeat(5_000)}`);

    expect([typeof body.pr, comment]).toEqual(['string', undefined]);
  });

  it('is refused when it is given twice and differs (GEN-16)', async () => {
    const { body } = await kept(10, '&comment=a&comment=b');

    expect(body).toEqual({ status: 'ERROR', reason: 'duplicate parameter comment' });
  });

  it('enters neither the metadata nor the hash (LUD12-5)', async () => {
    const offer = await readOffer(server, (await makeLink(server, { commentAllowed: 50 })).url);

    const ordered = await order(server, offer, { amount: 1000, comment: 'For you' });

    // `order` has compared the hash with that of the metadata alone.
    expect(ordered.bolt11).toMatch(/^lnbcrt/);
  });

  it('is told in both events of its invoice', async () => {
    await using own = await start();
    const link = await makeLink(own, { commentAllowed: 50 });
    const ordered = await orderFrom(own, link.url, { amount: 1000, comment: 'For you ☕' });
    await pay(own, ordered);
    await settled(own, ordered);

    const events = await eventsOf(own);

    expect(events.map(({ type, data }) => [type, data.comment])).toEqual([
      ['link.created', undefined],
      ['invoice.created', 'For you ☕'],
      ['invoice.settled', 'For you ☕'],
    ]);
  });
});
