import { describe, expect, it } from '@jest/globals';
import { signatureHeaders } from '../../src/webhooks/signature.ts';
import { type Asked, type StandIn, standIn, type Told } from '../cli/stand-in.ts';
import { COFFEE, type OperatorApi, startOperatorApi } from '../support/operator-api.ts';

const PATH = '/api/v1/webhooks';
const HOUR_MS = 3_600_000;

/** A receiver that answers what it is told, one answer after the other, and then the last one again. */
async function receiver(...answers: readonly Told[]) {
  const waiting = new Set<() => void>();
  let count = 0;
  const server = await standIn(() => {
    count += 1;
    for (const wake of waiting) wake();
    return answers[Math.min(count, answers.length) - 1] ?? {};
  });
  /** Resolves when so many deliveries have come. */
  const heard = async (wanted: number): Promise<readonly Asked[]> => {
    while (server.asked.length < wanted) {
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
    return server.asked;
  };
  return { ...server, heard, [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}

async function start() {
  const server = await startOperatorApi();
  server.couriers.start();
  return server;
}

async function hook(server: OperatorApi, { origin }: Pick<StandIn, 'origin'>, order: object = {}) {
  const made = await server.api.post(PATH).send({ url: `${origin}/hook`, ...order });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return made.body;
}

async function link(server: OperatorApi): Promise<string> {
  return (await server.api.post('/api/v1/pay-links').send(COFFEE)).body.id;
}

/** Waits until the webhook looks so; the clock of the test goes on, so that retries come. */
async function until(server: OperatorApi, id: string, state: object) {
  for (;;) {
    const { body } = await server.api.get(`${PATH}/${id}`);
    const fits = Object.entries(state).every(([name, value]) => body[name] === value);
    if (fits) return body;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a webhook', () => {
  it('is told of what happens from now on, in order, signed', async () => {
    await using server = await start();
    await link(server);
    await using shop = await receiver();
    const { secret, ...shown } = await hook(server, shop);

    const ids = [await link(server), await link(server)];
    const asked = await shop.heard(2);

    const bodies = asked.map(({ body }) => body as { id: string; data: { id: string } });
    expect(bodies.map(({ data }) => data.id)).toEqual(ids);
    for (const { headers, method, target } of asked) {
      expect([method, target]).toEqual(['POST', '/hook']);
      expect(headers['content-type']).toBe('application/json');
    }
    const [first] = asked;
    const [event] = await server.eventLog.after(1n, 1);
    const text = JSON.stringify(first?.body);
    expect(JSON.parse(text).seq).toBe(2);
    expect(event?.id).toBe(first?.headers['webhook-id']);
    const wanted = signatureHeaders(
      { id: String(event?.id), body: text },
      { current: secret, old: undefined },
      server.clock.now(),
    );
    expect(first?.headers).toMatchObject(wanted);
    expect(shown).toEqual({
      id: expect.stringMatching(/^wh_/),
      ...{ url: `${shop.origin}/hook`, state: 'open', lastSeq: 1 },
      createdAt: '2023-11-14T22:13:20.000Z',
    });
  });

  it('is told of the kinds that it asked for alone', async () => {
    await using server = await start();
    await using shop = await receiver();
    const { id } = await hook(server, shop, { events: ['link.changed'] });

    const pay = await link(server);
    await server.api.patch(`/api/v1/pay-links/${pay}`).send({ disabled: true });

    const [asked] = await shop.heard(1);
    expect(asked?.body).toMatchObject({ type: 'link.changed', data: { id: pay } });
    await until(server, id, { lastSeq: 2 });
    expect(shop.asked).toHaveLength(1);
  });

  it('is tried again until it takes an event, and the next one waits for that', async () => {
    await using server = await start();
    await using shop = await receiver({ status: 500 }, { status: 302 }, { status: 204 });
    const { id } = await hook(server, shop);
    const ids = [await link(server), await link(server)];

    await until(server, id, { tries: 1 });
    server.clock.advance(5_000);
    const again = await until(server, id, { tries: 2 });
    server.clock.advance(30_000);
    const asked = await shop.heard(4);

    const heard = asked.map(({ body }) => (body as { data: { id: string } }).data.id);
    expect(heard).toEqual([ids[0], ids[0], ids[0], ids[1]]);
    expect(new Set(asked.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(again.nextTryAt).toBe('2023-11-14T22:13:55.000Z');
    await until(server, id, { lastSeq: 2 });
    const { body } = await server.api.get(`${PATH}/${id}/deliveries`);
    expect(
      body.items.map((one: Record<string, unknown>) => [one.seq, one.state, one.tries]),
    ).toEqual([
      [2, 'delivered', 1],
      [1, 'delivered', 3],
    ]);
  });

  it('is paused after three days in which it took nothing, says so, and goes on when it is told to', async () => {
    await using server = await start();
    await using shop = await receiver(...Array(10).fill({ status: 503 }), {});
    const { id } = await hook(server, shop);
    await link(server);

    // Each wait is shorter, so the third day is over after some nine tries.
    for (let tries = 1; tries < 10; tries += 1) {
      await until(server, id, { tries });
      server.clock.advance(8 * HOUR_MS);
    }
    const paused = await until(server, id, { state: 'paused' });
    const { body } = await server.api.get(`${PATH}/${id}/deliveries`);
    const opened = await server.api.patch(`${PATH}/${id}`).send({ disabled: false });
    await until(server, id, { lastSeq: 1 });

    expect(paused.pausedFor).toBe('it answered 503');
    expect(body.items[0]).toMatchObject({ state: 'failed', status: 503, error: 'it answered 503' });
    expect(opened.body.state).toBe('open');
    expect(shop.asked).toHaveLength(11);
  });

  it('is paused at once by a receiver that wants nothing any more', async () => {
    await using server = await start();
    await using shop = await receiver({ status: 410 });
    const { id } = await hook(server, shop);

    await link(server);

    const paused = await until(server, id, { state: 'paused' });
    expect(paused.pausedFor).toBe('it answered 410: nothing is wanted there any more');
  });

  it('gets again what it is told to get again', async () => {
    await using server = await start();
    await using shop = await receiver();
    const { id } = await hook(server, shop);
    await link(server);
    await until(server, id, { lastSeq: 1 });

    const replayed = await server.api.post(`${PATH}/${id}/replay`).send({ after: 0 });
    const asked = await shop.heard(2);

    expect(replayed.body.lastSeq).toBe(0);
    const [first, second] = asked.map(({ headers }) => headers['webhook-id']);
    expect(first).toBe(second);
  });

  it('is signed with both secrets for a day after a new one was made', async () => {
    await using server = await start();
    await using shop = await receiver();
    const { id } = await hook(server, shop);

    const rotated = await server.api.post(`${PATH}/${id}/rotate`).send({});
    await link(server);
    await shop.heard(1);
    server.clock.advance(25 * HOUR_MS);
    await link(server);
    await shop.heard(2);

    const signatures = shop.asked.map(({ headers }) =>
      String(headers['webhook-signature']).split(' '),
    );
    expect(rotated.body.secret).toMatch(/^whsec_/);
    expect(signatures.map(({ length }) => length)).toEqual([2, 1]);
  });

  it('gets nothing while it is switched off, and all of it afterwards', async () => {
    await using server = await start();
    await using shop = await receiver();
    const { id } = await hook(server, shop);
    await server.api.patch(`${PATH}/${id}`).send({ disabled: true });

    await link(server);
    const before = shop.asked.length;
    await server.api.patch(`${PATH}/${id}`).send({ disabled: false });

    await shop.heard(1);
    expect(before).toBe(0);
  });

  it('gets nothing any more once it is taken away', async () => {
    await using server = await start();
    await using shop = await receiver();
    const { id } = await hook(server, shop);

    const gone = await server.api.delete(`${PATH}/${id}`);

    await link(server);
    const shown = await server.api.get(`${PATH}/${id}`);
    expect([gone.status, shown.status, shop.asked.length]).toEqual([204, 404, 0]);
  });

  it('keeps its secret to itself', async () => {
    await using server = await start();
    await using shop = await receiver();
    const { id, secret } = await hook(server, shop);
    await link(server);
    await until(server, id, { lastSeq: 1 });

    const answers = [
      await server.api.get(`${PATH}/${id}`),
      await server.api.get(PATH),
      await server.api.get('/api/v1/audit'),
    ];
    const rows = await server.sql.query('select secret, old_secret from webhooks');

    const told = answers.map(({ text }) => text).join() + JSON.stringify([rows, server.lines]);
    expect(told).not.toContain(secret);
    expect(told).not.toContain(secret.slice('whsec_'.length));
  });

  it('does not hold up another one', async () => {
    await using server = await start();
    await using slow = await receiver({ status: 500 });
    await using quick = await receiver();
    const { id } = await hook(server, slow);
    await hook(server, quick);

    await link(server);
    await link(server);

    await quick.heard(2);
    await until(server, id, { tries: 1 });
    expect(slow.asked).toHaveLength(1);
  });

  it.each([
    ['/url', {}],
    ['/url', { url: 'https://10.0.0.1/' }],
    ['/url', { url: `http://${'a'.repeat(56)}.onion/x` }],
    ['/url', { url: 'http://shop.example.org/' }],
    ['/events', { url: 'http://localhost:1/', events: [] }],
    ['/events/0', { url: 'http://localhost:1/', events: ['invoice.paid'] }],
    ['/secret', { url: 'http://localhost:1/', secret: 'whsec_mine' }],
  ])('is not made with a wrong %s: %j', async (pointer, body) => {
    await using server = await startOperatorApi();

    const refused = await server.api.post(PATH).send(body);

    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [{ pointer, detail: expect.any(String) }],
    ]);
  });
});
