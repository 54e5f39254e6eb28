import { describe, expect, it, jest } from '@jest/globals';
import type { PayTerms } from '../../src/accounts/pay-link.ts';
import { satoshi } from '../../src/msat.ts';
import { API_KEY, type OperatorApi, startOperatorApi } from '../support/operator-api.ts';
import { SseReader } from '../support/sse-reader.ts';

jest.setTimeout(60_000);

const KEY = { authorization: `Bearer ${API_KEY}` };
const MINUTE_MS = 60_000;

describe('the event stream', () => {
  it('begins at once, unbuffered, uncompressed and kept by nobody (FC-27)', async () => {
    await using server = await startOperatorApi();
    await change(server, 2);

    using stream = await open(server);

    await stream.until(({ text }) => text.includes('\n\n'));
    expect(stream.text).toBe(': events follow\nretry: 3000\nid: 2\n\n');
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(stream.response.headers).not.toHaveProperty('content-encoding');
    expect(
      Object.keys(stream.response.headers).filter((name) => name.startsWith('access-')),
    ).toEqual([]);
  });

  it('brings what happens from now on, with its number as id and its type as event', async () => {
    await using server = await startOperatorApi();
    await change(server, 3);
    using stream = await open(server);

    const { id } = await server.payLinks.create(TERMS, undefined);

    expect(await stream.messagesUntil(1)).toEqual([
      {
        id: '4',
        event: 'link.created',
        data: {
          seq: 4,
          id: expect.stringMatching(/^evt_[a-z2-7]{26}$/),
          type: 'link.created',
          createdAt: '2023-11-14T22:13:20.000Z',
          data: { id, kind: 'pay' },
        },
      },
    ]);
  });

  it.each([
    ['the header', '', { 'last-event-id': '2' }],
    ['the query', '?after=2', {}],
    ['the header rather than the query', '?after=0', { 'last-event-id': '2' }],
    ['the query when the header is empty', '?after=2', { 'last-event-id': '' }],
  ])('goes on behind the number in %s', async (_where, query, headers) => {
    await using server = await startOperatorApi();
    await change(server, 5);

    using stream = await open(server, query, headers);

    const messages = await stream.messagesUntil(3);
    expect(messages.map(({ id }) => id)).toEqual(['3', '4', '5']);
  });

  it('comes back after each cut without a gap and without a repeat', async () => {
    await using server = await startOperatorApi();
    const seen: (string | undefined)[] = [];
    let last = '0';
    for (let round = 0; round < 5; round += 1) {
      await change(server, 2);
      using stream = await open(server, '', { 'last-event-id': last });
      await change(server, 1);
      const messages = await stream.messagesUntil(3);
      seen.push(...messages.map(({ id }) => id));
      last = messages.at(-1)?.id ?? '';
    }

    expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => `${index + 1}`));
  });

  it('brings only the types that are asked for', async () => {
    await using server = await startOperatorApi();
    const { payLinks } = server;
    const link = await payLinks.create(TERMS, undefined);
    await payLinks.change(link.id, { disabled: true });
    await payLinks.remove(link.id);

    using stream = await open(server, '?after=0&types=link.changed,invoice.settled');

    const messages = await stream.messagesUntil(2);
    expect(messages.map(({ event }) => event)).toEqual(['link.changed', 'link.changed']);
  });

  it('says something every 15 s at the latest (FC-27)', async () => {
    await using server = await startOperatorApi();
    using stream = await open(server);
    await stream.until(({ comments }) => comments === 1);

    for (let passed = 0; passed < 8; passed += 1) {
      const before = stream.comments;
      server.clock.advance(15_000);
      await stream.until(({ comments }) => comments > before);
    }

    expect(stream.comments).toBe(9);
  });

  it('brings more than one page of the log, in order', async () => {
    await using server = await startOperatorApi();
    await change(server, 1203);

    using stream = await open(server, '?after=0');

    const messages = await stream.messagesUntil(1203);
    expect(messages.map(({ id }) => Number(id))).toEqual(
      Array.from({ length: 1203 }, (_, index) => index + 1),
    );
  });

  it('ends when the service goes down', async () => {
    await using server = await startOperatorApi();
    using stream = await open(server);

    server.stop();

    await stream.end();
    expect(stream.response.complete).toBe(true);
  });

  it('leaves nothing behind when its reader goes away', async () => {
    await using server = await startOperatorApi();
    const sleepers = server.clock.sleepers;
    const stream = await open(server);
    await stream.until(({ comments }) => comments === 1);
    expect(server.clock.sleepers).toBe(sleepers + 1);

    stream[Symbol.dispose]();

    await condition(() => server.lines.length > 0);
    expect(server.clock.sleepers).toBe(sleepers);
    expect(server.lines).toMatchObject([{ fields: { route: '/api/v1/events', status: 200 } }]);
  });

  it('waits for a reader that is slow, and piles nothing up for it', async () => {
    await using server = await startOperatorApi();
    const reads = countReads(server);
    await fill(server);
    using stream = await open(server, '?after=0');
    stream.response.pause();

    await condition(() => server.clock.sleepers >= 3);
    const readsWhilePaused = reads();
    stream.response.resume();

    expect(readsWhilePaused).toBeLessThan(MANY / PAGE);
    // Asking for its length first spares joining the whole text for each piece of it.
    await stream.until(
      ({ text }) =>
        text.length > MANY * PADDING_BYTES &&
        text.slice(-2 * PADDING_BYTES).includes(`"seq":${MANY},`),
    );
    expect(stream.messages.map(({ id }) => Number(id))).toEqual(
      Array.from({ length: MANY }, (_, index) => index + 1),
    );
  });

  it('is cut when its reader takes nothing for a minute', async () => {
    await using server = await startOperatorApi();
    await fill(server);
    using stream = await open(server, '?after=0');
    stream.response.pause();
    await condition(() => server.clock.sleepers >= 3);

    server.clock.advance(MINUTE_MS);

    await condition(() => server.lines.length > 0);
    stream.response.resume();
    await stream.end();
    expect(stream.response.complete).toBe(false);
  });

  it('is not opened without end', async () => {
    await using server = await startOperatorApi({ streamsMax: 20 });
    const streams = await Promise.all(Array.from({ length: 20 }, async () => await open(server)));

    const { status, body } = await server.api.get('/api/v1/events');

    expect([status, body.code]).toEqual([429, 'too-many-requests']);
    for (const stream of streams) stream[Symbol.dispose]();
  });

  it.each([
    ['?types=invoice.paid', '/types'],
    ['?types=', '/types'],
    ['?types=link.created,', '/types'],
    ['?types=constructor', '/types'],
    ['?types=link.created&types=link.changed', '/types'],
    ['?after=x', '/after'],
    ['?after=-1', '/after'],
    ['?after=1.5', '/after'],
    ['?after=', '/after'],
    ['?after=3', '/after'],
    ['?after=99999999999999999999', '/after'],
  ])('is refused for %s', async (query, pointer) => {
    await using server = await startOperatorApi();
    await change(server, 2);

    const { status, headers, body } = await server.api.get(`/api/v1/events${query}`);

    expect([status, headers['content-type'], body.errors?.[0].pointer]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
      pointer,
    ]);
  });

  it('is cut, not gone on with, when the log cannot be read', async () => {
    await using server = await startOperatorApi();
    using stream = await open(server);
    server.eventLog.after = async () => await Promise.reject(new Error('broken'));

    await change(server, 1);

    await stream.end();
    expect(stream.response.complete).toBe(false);
    await condition(() => server.lines.length > 0);
    expect(server.lines).toMatchObject([{ level: 'error', fields: { code: 'internal' } }]);
  });
});

/** FC-28. */
describe('a ticket', () => {
  const path = '/api/v1/events/tickets';

  it('opens the stream without a header, once', async () => {
    await using server = await startOperatorApi();

    const { status, headers, body } = await server.api.post(path);

    expect([status, headers.location, body]).toEqual([
      201,
      undefined,
      {
        ticket: expect.stringMatching(/^[a-z2-7]{52}$/),
        expiresAt: '2023-11-14T22:14:20.000Z',
      },
    ]);
    using stream = await SseReader.open(`${server.origin}/api/v1/events?ticket=${body.ticket}`);
    const again = await server.stranger.get(`/api/v1/events?ticket=${body.ticket}`);
    expect([stream.response.statusCode, again.status, again.body.code]).toEqual([
      200,
      401,
      'unauthorized',
    ]);
    await change(server, 1);
    expect(await stream.messagesUntil(1)).toMatchObject([{ id: '1' }]);
  });

  it('lets one of ten in who come with it at once', async () => {
    await using server = await startOperatorApi();
    const { ticket } = (await server.api.post(path)).body;

    const streams = await Promise.all(
      Array.from({ length: 10 }, async () => {
        return await SseReader.open(`${server.origin}/api/v1/events?ticket=${ticket}`);
      }),
    );

    const statuses = streams.map(({ response }) => response.statusCode);
    for (const stream of streams) stream[Symbol.dispose]();
    expect(statuses.toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
  });

  it('is over after a minute', async () => {
    await using server = await startOperatorApi();
    const { ticket } = (await server.api.post(path)).body;
    server.clock.advance(MINUTE_MS);

    const { status } = await server.stranger.get(`/api/v1/events?ticket=${ticket}`);

    expect(status).toBe(401);
  });

  it.each([['pay-links'], ['node'], ['events/tickets'], ['pay-links/pl_x']])(
    'is worth nothing at /%s',
    async (place) => {
      await using server = await startOperatorApi();
      const { ticket } = (await server.api.post(path)).body;

      const got = await server.stranger.get(`/api/v1/${place}?ticket=${ticket}`);
      const posted = await server.stranger.post(`/api/v1/${place}?ticket=${ticket}`);

      expect([got.status, posted.status]).toEqual([401, 401]);
      const header = { authorization: `Bearer ${ticket}` };
      expect((await server.stranger.get(`/api/v1/${place}`).set(header)).status).toBe(401);
    },
  );

  it('does not mend a wrong header, and is not used up by it', async () => {
    await using server = await startOperatorApi();
    const { ticket } = (await server.api.post(path)).body;
    const url = `/api/v1/events?ticket=${ticket}`;

    const { status } = await server.stranger.get(url).set('authorization', 'Bearer wrong');

    expect(status).toBe(401);
    using stream = await SseReader.open(server.origin + url);
    expect(stream.response.statusCode).toBe(200);
  });

  it('is known to the store by its hash alone, and not for long', async () => {
    await using server = await startOperatorApi();
    const { ticket } = (await server.api.post(path).set('idempotency-key', 'one')).body;

    const tickets = await server.sql.query('select * from event_tickets');
    const receipts = await server.sql.query('select body from receipts');
    server.clock.advance(MINUTE_MS);
    await server.api.post(path);

    const kept = await server.sql.query('select * from event_tickets');
    expect([tickets, kept]).toMatchObject([[{ api_key_id: 'key_admin' }], [{}]]);
    const written = [...tickets, ...receipts].map((row) => Object.values(row ?? {}));
    expect(written.flat().join(' ')).not.toContain(ticket);
    expect(kept).not.toEqual(tickets);
  });

  it.each([['{"lifeSeconds":3600}'], ['[]'], ['"x"']])('is not given for %s', async (text) => {
    await using server = await startOperatorApi();

    const { status } = await server.api
      .post(path)
      .set('content-type', 'application/json')
      .send(text);

    expect(status).toBe(400);
  });
});

async function open({ origin }: OperatorApi, query = '', headers = {}): Promise<SseReader> {
  return await SseReader.open(`${origin}/api/v1/events${query}`, { ...KEY, ...headers });
}

const TERMS: PayTerms = {
  min: satoshi(1n),
  max: satoshi(100n),
  description: 'Coffee',
  longDescription: undefined,
  image: undefined,
  commentAllowed: 0,
  successAction: undefined,
  oneTime: false,
  invoiceExpirySeconds: 3600,
  validFrom: undefined,
  expiresAt: undefined,
  accountId: 'treasury',
  label: undefined,
};

/** Makes so many things happen. */
async function change({ payLinks }: OperatorApi, count: number): Promise<void> {
  const changes = Array.from(
    { length: count },
    async () => await payLinks.create(TERMS, undefined),
  );
  await Promise.all(changes);
}

const MANY = 2500;
/** Events that the log is read by. */
const PAGE = 500;
const PADDING_BYTES = 4000;

/** A log that is longer than the sockets on both sides can hold. */
async function fill({ sql }: OperatorApi): Promise<void> {
  await sql.query(
    `with recursive n (seq) as (select 1 union all select seq + 1 from n where seq < $1)
     insert into events (seq, id, type, created_at, data)
     select seq, 'evt_' || seq, 'link.created', 0,
            '{"id":"pl_1","kind":"pay","label":"' || hex(zeroblob($2)) || '"}' from n`,
    [MANY, PADDING_BYTES / 2],
  );
  await sql.query('update event_head set seq = $1', [MANY]);
}

/** How many pages of the log were read from now on. */
function countReads({ eventLog }: OperatorApi): () => number {
  const after = eventLog.after.bind(eventLog);
  let reads = 0;
  eventLog.after = async (seq, limit) => {
    reads += 1;
    return await after(seq, limit);
  };
  return () => reads;
}

async function condition(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
