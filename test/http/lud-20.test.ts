import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { start } from '../support/start.ts';
import {
  makeAddress,
  makeLink,
  order,
  patchLink,
  readOffer,
  type Server,
} from '../support/wallet.ts';

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('LUD-20: the long description', () => {
  it('is one entry beside the short one, and part of what is hashed (LUD20-1, LUD20-2)', async () => {
    const longDescription = 'A coffee.\n\nWith milk, "if you like".';
    const link = await makeLink(server, { longDescription });

    const offer = await readOffer(server, link.url);

    expect(JSON.parse(offer.metadata)).toEqual([
      ['text/plain', 'Coffee'],
      ['text/long-desc', longDescription],
    ]);
    expect((await order(server, offer, { amount: 1000 })).bolt11).toMatch(/^lnbcrt/);
  });

  it('stands with an address too', async () => {
    await makeAddress(server, { name: 'long', longDescription: 'A\nB' });

    const offer = await readOffer(server, 'https://pay.example.org/.well-known/lnurlp/long');

    expect(JSON.parse(offer.metadata)).toEqual([
      ['text/plain', 'Coffee'],
      ['text/long-desc', 'A\nB'],
      ['text/identifier', 'long@pay.example.org'],
    ]);
  });

  it('is left out where there is none, and goes when it is taken away (GEN-21)', async () => {
    const link = await makeLink(server, { longDescription: 'Long' });
    await patchLink(server, link.id, { longDescription: null });

    const { metadata } = await readOffer(server, link.url);

    expect(metadata).toBe('[["text/plain","Coffee"]]');
  });

  it.each([
    ['x'.repeat(4000), 201],
    ['x'.repeat(4001), 400],
    ['a\u0007b', 400],
    ['', 400],
  ])(
    'has at most 4,000 characters and none that control (LUD20-1): case %#',
    async (longDescription, wanted) => {
      const { status } = await server.operator
        .post('/api/v1/pay-links')
        .send({ description: 'Coffee', minMsat: 1000, maxMsat: 2000, longDescription });

      expect(status).toBe(wanted);
    },
  );

  it('may be as long as 4,000 characters of four bytes in what wallets read', async () => {
    const longDescription = '😀'.repeat(4000);
    const link = await makeLink(server, { longDescription });

    const offer = await readOffer(server, link.url);

    expect(JSON.parse(offer.metadata)[1]).toEqual(['text/long-desc', longDescription]);
    expect((await order(server, offer, { amount: 1000 })).bolt11).toMatch(/^lnbcrt/);
  });
});
