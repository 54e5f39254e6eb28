import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PUBLIC_URL, start } from '../support/start.ts';
import { makeLink, orderFrom, patchLink, type Server } from '../support/wallet.ts';

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('LUD-09: the success action', () => {
  it('is no member at all when there is none (LUD09-1, Q-29)', async () => {
    const { body } = await orderFrom(server, (await makeLink(server)).url);

    expect(Object.keys(body)).toEqual(['pr', 'routes', 'disposable', 'verify']);
  });

  it.each([
    { tag: 'message', message: 'Thank you!' },
    { tag: 'message', message: `${'é'.repeat(71)}xy` },
    { tag: 'url', description: 'Your order', url: `${PUBLIC_URL}/order/4711?x=1` },
  ])('is exactly what was set: %j (LUD09-2, LUD09-3)', async (successAction) => {
    const link = await makeLink(server, { successAction });

    const { body } = await orderFrom(server, link.url);

    expect(body.successAction).toEqual(successAction);
  });

  it.each([
    ['a message that is too long in bytes (LUD09-2)', { tag: 'message', message: 'é'.repeat(73) }],
    ['an empty message', { tag: 'message', message: ' ' }],
    ['another host (LUD09-3, GEN-3)', { tag: 'url', description: 'x', url: 'https://evil.test/' }],
    ['a plain http URL', { tag: 'url', description: 'x', url: 'http://pay.example.org/' }],
    [
      'a placeholder that there is not',
      { tag: 'url', description: 'x', url: `${PUBLIC_URL}/{amount}` },
    ],
    ['a member too many', { tag: 'message', message: 'x', url: `${PUBLIC_URL}/` }],
    ['another tag (LUD09-4)', { tag: 'noop' }],
    [
      'a ciphertext without a key (LUD10-1)',
      { tag: 'aes', description: 'x', iv: '', ciphertext: '' },
    ],
  ])(
    'is refused to the operator, not to the wallet: %s (LUD09-6)',
    async (_name, successAction) => {
      const { status, body } = await server.operator
        .post('/api/v1/pay-links')
        .send({ description: 'Coffee', minMsat: 1000, maxMsat: 2000, successAction });

      expect([status, body.code]).toEqual([400, 'invalid-request']);
    },
  );

  it('takes a payer to a page that knows the invoice, by an id that nobody can guess (LUD09-5)', async () => {
    const url = `${PUBLIC_URL}/thanks/{invoiceId}?order={invoiceId}`;
    const link = await makeLink(server, {
      successAction: { tag: 'url', description: 'Your order', url },
    });

    const { body } = await orderFrom(server, link.url);

    const { items } = (await server.operator.get(`/api/v1/invoices?linkId=${link.id}`)).body;
    const { id } = items[0];
    expect(id).toMatch(/^inv_[a-z2-7]{26}$/);
    expect(body.successAction).toEqual({
      ...{ tag: 'url', description: 'Your order' },
      url: `${PUBLIC_URL}/thanks/${id}?order=${id}`,
    });
  });

  it('is that of today, and gone when it was taken away', async () => {
    const link = await makeLink(server, { successAction: { tag: 'message', message: 'Old' } });
    await patchLink(server, link.id, { successAction: { tag: 'message', message: 'New' } });
    const changed = await orderFrom(server, link.url);
    await patchLink(server, link.id, { successAction: null });

    const { body } = await orderFrom(server, link.url);

    expect(changed.body.successAction).toEqual({ tag: 'message', message: 'New' });
    expect(body).not.toHaveProperty('successAction');
  });
});
