import { describe, expect, it, jest } from '@jest/globals';
import { API_KEY, startOperatorApi } from '../support/operator-api.ts';
import { ADMIN_KEY, start } from '../support/start.ts';
import { type Server, until } from '../support/wallet.ts';
import { OK, withdraw } from '../support/withdraw-wallet.ts';

jest.setTimeout(60_000);

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const GIFTS = { description: 'Thank you!', minMsat: 2_100_000, maxMsat: 2_100_000, count: 3 };
const MINUTE_MS = 60_000;

describe('the sheet of a batch', () => {
  it('shows each voucher with its code, what it is worth and until when', async () => {
    await using server = await start();
    const batch = await make(server, { expiresAt: '2027-01-01T00:00:00Z' });

    const { status, headers, text } = await withKey(server, batch);

    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain('<h1 dir="auto">Thank you!</h1>');
    expect(text).toContain('<strong>3 vouchers</strong>');
    expect(text.split('<article>')).toHaveLength(4);
    expect(text.split('<p class="amount">2,100 sat</p>')).toHaveLength(4);
    expect(text.split('Until 2027-01-01 00:00 UTC')).toHaveLength(4);
    for (const { id } of await vouchersOf(server, batch)) expect(text).toContain(id);
    expect(text).not.toMatch(/\{\{|<!--/);
    expect(text.trimEnd().endsWith('</html>')).toBe(true);
  });

  it('may run nothing, and be framed and kept by nobody', async () => {
    await using server = await start();

    const { headers, text } = await withKey(server, await make(server));

    expect(headers['content-security-policy']).toMatch(/^default-src 'none';/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(text).not.toMatch(/<script|style=|<style|https?:\/\//);
  });

  it.each([
    [1, 1],
    [10, 1],
    [11, 2],
    [25, 3],
  ])('puts %d vouchers on %d sheets', async (count, sheets) => {
    await using server = await start();

    const { text } = await withKey(server, await make(server, { count }));

    expect(text.split('<article>').length - 1).toBe(count);
    expect(text.split('<section class="sheet">').length - 1).toBe(sheets);
    expect(text.split('</section>').length - 1).toBe(sheets);
  });

  it('leaves out what nobody can claim any more', async () => {
    await using server = await start();
    const batch = await make(server, { count: 5 });
    const [paid, claimed, off, gone, open] = await vouchersOf(server, batch);
    if (!paid || !claimed || !off || !gone || !open) throw new Error('vouchers are missing');
    expect((await withdraw(server, paid.url)).answer).toEqual(OK);
    await until(
      async () => (await server.operator.get(`/api/v1/withdraw-links/${paid.id}`)).body.state,
      (state) => state === 'spent',
    );
    server.network.faults.nextPayment({ kind: 'hang' });
    expect((await withdraw(server, claimed.url)).answer).toEqual(OK);
    await server.operator.patch(`/api/v1/withdraw-links/${off.id}`).send({ disabled: true });
    await server.operator.delete(`/api/v1/withdraw-links/${gone.id}`);

    const { text } = await withKey(server, batch);

    expect(text).toContain('<strong>1 voucher</strong>');
    expect(text).toContain('any more: 4</p>');
    expect([text.split('<article>').length - 1, text.includes(open.id)]).toEqual([1, true]);
  });

  it('says so when there is nothing left to print', async () => {
    await using server = await start();
    const batch = await make(server, { expiresAt: new Date(server.clock.now() + 1).toISOString() });
    server.clock.advance(1);

    const { status, text } = await withKey(server, batch);

    expect([status, text.includes('<article>')]).toEqual([200, false]);
    expect(text).toContain('There is nothing to print.');
  });

  it('prints vouchers before they open', async () => {
    await using server = await start();
    const batch = await make(server, { validFrom: '2026-01-01T00:00:00Z' });

    const { text } = await withKey(server, batch);

    expect(text.split('<article>')).toHaveLength(4);
  });

  it.each([
    ['"><script>alert(1)</script>', '&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;'],
    ["' onload='alert(1)", '&#39; onload=&#39;alert(1)'],
    ['{{modules}} $& $1', '{{modules}} $&#38; $1'],
    ['<!-- /voucher -->', '&#60;!-- /voucher --&#62;'],
  ])('escapes the description %j (hazard 3.24)', async (description, escaped) => {
    await using server = await start();

    const { text } = await withKey(server, await make(server, { description, count: 2 }));

    expect(text.split(`<p class="description" dir="auto">${escaped}</p>`)).toHaveLength(3);
    if (escaped !== description) expect(text).not.toContain(description);
  });

  it('leaves out a description that is empty', async () => {
    await using server = await start();

    const { text } = await withKey(server, await make(server, { description: '' }));

    expect(text).not.toMatch(/<h1|class="description"/);
  });
});

describe('a print ticket', () => {
  it('opens the sheet once, without a key', async () => {
    await using server = await start();
    const batch = await make(server);
    const { status, body } = await ticketFor(server, batch);
    const path = server.local(body.url);

    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => await server.wallet.get(path).set('accept', HTML)),
    );

    expect([status, body]).toEqual([
      201,
      {
        ticket: expect.stringMatching(/^[a-z2-7]{52}$/),
        url: `${batch.print}?ticket=${body.ticket}`,
        expiresAt: new Date(server.clock.now() + MINUTE_MS).toISOString(),
      },
    ]);
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([200, 401, 401, 401, 401]);
    expect(answers.filter(({ text }) => text.includes('<article>'))).toHaveLength(1);
  });

  it('opens no other batch, and nothing but the sheet (FC-28)', async () => {
    await using server = await start();
    const batch = await make(server);
    const other = await make(server);
    const { ticket } = (await ticketFor(server, batch)).body;
    const ofEvents = (await server.operator.post('/api/v1/events/tickets').send({})).body.ticket;

    const elsewhere = [
      `/api/v1/withdraw-batches/${other.id}/print?ticket=${ticket}`,
      `/api/v1/withdraw-batches/${batch.id}/vouchers?ticket=${ticket}`,
      `/api/v1/withdraw-batches/${batch.id}?ticket=${ticket}`,
      `/api/v1/events?ticket=${ticket}`,
      `/api/v1/withdraw-batches/${batch.id}/print?ticket=${ofEvents}`,
      `/api/v1/withdraw-batches/${batch.id}/print?ticket=`,
      `/api/v1/withdraw-batches/${batch.id}/print`,
    ];
    for (const path of elsewhere) {
      expect([path, (await server.wallet.get(path)).status]).toEqual([path, 401]);
    }

    const { status } = await server.wallet.get(`${server.local(batch.print)}?ticket=${ticket}`);
    expect(status).toBe(200);
  });

  it('is good for a minute', async () => {
    await using server = await start();
    const batch = await make(server);
    const { url } = (await ticketFor(server, batch)).body;

    server.clock.advance(MINUTE_MS);

    expect((await server.wallet.get(server.local(url))).status).toBe(401);
  });

  it('is not used up by a HEAD', async () => {
    await using server = await start();
    const { url } = (await ticketFor(server, await make(server))).body;

    const head = await server.wallet.head(server.local(url));

    expect(head.status).toBe(401);
    expect((await server.wallet.get(server.local(url))).status).toBe(200);
  });

  it('does not stand in for a wrong key beside it', async () => {
    await using server = await start();
    const { url } = (await ticketFor(server, await make(server))).body;

    const { status } = await server.wallet
      .get(server.local(url))
      .set('authorization', 'Bearer wrong');

    expect(status).toBe(401);
  });

  it('is one for ten equal requests (FC-31), and its body is empty', async () => {
    await using server = await startOperatorApi();
    const { id } = (await server.api.post('/api/v1/withdraw-batches').send(GIFTS)).body;
    const path = `/api/v1/withdraw-batches/${id}/print-tickets`;

    const answers = await Promise.all(
      Array.from(
        { length: 10 },
        async () => await server.api.post(path).set('idempotency-key', 'one').send({}),
      ),
    );
    const odd = await server.api.post(path).send({ ticket: 'mine' });

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect([odd.status, odd.body.errors]).toEqual([
      400,
      [{ pointer: '/ticket', detail: 'is no member of this resource' }],
    ]);
  });

  it('cannot be a key: that is 401, always (FC-28)', async () => {
    await using server = await startOperatorApi();
    const { id } = (await server.api.post('/api/v1/withdraw-batches').send(GIFTS)).body;

    const path = `/api/v1/withdraw-batches/${id}/print`;
    const answers = [
      await server.stranger.get(`${path}?ticket=${API_KEY}`),
      await server.stranger.get(`${path}?key=${API_KEY}`),
      await server.api.get(`${path}?token=${API_KEY}`),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(answers.some(({ text }) => text.includes(API_KEY))).toBe(false);
  });
});

interface Batch {
  readonly id: string;
  readonly print: string;
}

interface Voucher {
  readonly id: string;
  readonly url: string;
}

async function make(server: Server, fields: object = {}): Promise<Batch> {
  const { status, body } = await server.operator
    .post('/api/v1/withdraw-batches')
    .send({ ...GIFTS, ...fields });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

async function vouchersOf(server: Server, { id }: Batch): Promise<readonly Voucher[]> {
  return (await server.operator.get(`/api/v1/withdraw-batches/${id}/vouchers`)).body.items;
}

function withKey(server: Server, { print }: Batch) {
  return server.wallet
    .get(server.local(print))
    .set({ accept: HTML, authorization: `Bearer ${ADMIN_KEY}` });
}

function ticketFor(server: Server, { id }: Batch) {
  return server.operator.post(`/api/v1/withdraw-batches/${id}/print-tickets`).send({});
}
