import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type RawData, WebSocket } from 'ws';
import {
  API_KEY,
  COFFEE,
  type OperatorApi,
  PUBLIC_URL,
  startOperatorApi,
} from '../support/operator-api.ts';

const KEY = { authorization: `Bearer ${API_KEY}` };

interface Message {
  readonly type: string;
  readonly seq: number;
}

/** A reader by WebSocket, with what it was sent. */
class Reader implements Disposable {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly closed: Promise<readonly [number, string]>;
  #wake = (): void => undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: RawData) => {
      this.messages.push(JSON.parse(String(data)));
      this.#wake();
    });
    this.closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)] as const);
  }

  static async open(
    { origin }: OperatorApi,
    query = '',
    headers: Readonly<Record<string, string>> = KEY,
  ): Promise<Reader> {
    const url = `${origin.replace('http:', 'ws:')}/api/v1/events${query}`;
    const reader = new Reader(new WebSocket(url, { headers }));
    await once(reader.socket, 'open');
    return reader;
  }

  /** Resolves with all messages when there are so many. */
  async until(count: number): Promise<readonly Message[]> {
    while (this.messages.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.messages;
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

async function link(server: OperatorApi): Promise<string> {
  return (await server.api.post('/api/v1/pay-links').send(COFFEE)).body.id;
}

/** How a handshake is refused. */
async function refusal(server: OperatorApi, query: string, headers: Record<string, string>) {
  const url = `${server.origin.replace('http:', 'ws:')}/api/v1/events${query}`;
  const socket = new WebSocket(url, { headers });
  socket.on('error', () => undefined);
  const [, answer] = await once(socket, 'unexpected-response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  const { code } = JSON.parse(text);
  return { status: answer.statusCode, type: answer.headers['content-type'], code };
}

describe('events by WebSocket', () => {
  it('say where they begin, and then what happens, as the stream does', async () => {
    await using server = await startOperatorApi();
    await link(server);
    using reader = await Reader.open(server);
    await reader.until(1);

    const id = await link(server);

    const [begun, event] = await reader.until(2);
    expect(begun).toEqual({ type: 'stream.begun', seq: 1 });
    expect(event).toEqual({
      ...{ seq: 2, id: expect.stringMatching(/^evt_/), type: 'link.created' },
      ...{ createdAt: '2023-11-14T22:13:20.000Z', data: { id, kind: 'pay' } },
    });
  });

  it('go on behind a number, with the types that are asked for', async () => {
    await using server = await startOperatorApi();
    const id = await link(server);
    await link(server);
    await server.api.patch(`/api/v1/pay-links/${id}`).send({ disabled: true });

    using all = await Reader.open(server, '?after=1');
    using changes = await Reader.open(server, '?after=0&types=link.changed');

    expect((await all.until(3)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect((await changes.until(2)).map(({ seq }) => seq)).toEqual([0, 3]);
  });

  it('open for a ticket, once (FC-28)', async () => {
    await using server = await startOperatorApi();
    const { body } = await server.api.post('/api/v1/events/tickets').send({});
    const headers = { origin: PUBLIC_URL };

    using reader = await Reader.open(server, `?ticket=${body.ticket}`, headers);

    await reader.until(1);
    const again = await refusal(server, `?ticket=${body.ticket}`, headers);
    expect([again.status, again.code]).toEqual([401, 'unauthorized']);
  });

  it.each([
    ['has no key', '', {}, 401, 'unauthorized'],
    ['has a wrong key', '', { authorization: 'Bearer bg_wrong' }, 401, 'unauthorized'],
    ['has its key in the URL', `?key=${API_KEY}`, {}, 401, 'unauthorized'],
    ['comes from another page', '', { ...KEY, origin: 'https://evil.example' }, 403, 'forbidden'],
    ['asks for what never was', '?after=9', KEY, 400, 'invalid-request'],
    ['asks for a strange type', '?types=all', KEY, 400, 'invalid-request'],
  ])('are refused to who %s', async (_, query, headers, status, code) => {
    await using server = await startOperatorApi();

    expect(await refusal(server, query, headers)).toEqual({
      ...{ status, code, type: 'application/problem+json; charset=utf-8' },
    });
  });

  it('end for a reader that answers no ping, and go on for one that does', async () => {
    await using server = await startOperatorApi();
    using quick = await Reader.open(server);
    using gone = await Reader.open(server);
    await Promise.all([quick.until(1), gone.until(1)]);
    gone.socket.pong = () => undefined;
    Object.assign(gone.socket, { _autoPong: false });

    for (let round = 0; round < 3; round += 1) {
      const pinged = once(quick.socket, 'ping');
      server.clock.advance(10_000);
      await pinged;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }

    expect((await gone.closed)[0]).toBe(1006);
    expect(quick.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('end for a reader that falls behind, who is told so', async () => {
    await using server = await startOperatorApi();
    using slow = await Reader.open(server);
    await slow.until(1);
    slow.socket.pause();
    const label = 'x'.repeat(200);
    const terms = { ...COFFEE, label };
    const { body } = await server.api.post('/api/v1/pay-links').send(terms);

    // More than the system takes for it, so that the rest waits here.
    const seq = await server.sql.query<{ seq: bigint }>('select seq from event_head');
    const data = JSON.stringify({ id: body.id, kind: 'pay', label: 'x'.repeat(100_000) });
    for (let count = 1; count <= 200; count += 1) {
      const number = Number(seq[0]?.seq) + count;
      await server.sql.query(
        `insert into events (seq, id, type, created_at, data) values ($1, $2, 'link.changed', 0, $3)`,
        [number, `evt_${number}`, data],
      );
      await server.sql.query('update event_head set seq = $1', [number]);
    }
    server.changed.notify();
    for (let round = 0; round < 20; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      server.clock.advance(5_000);
    }
    slow.socket.resume();

    expect(await slow.closed).toEqual([
      4008,
      'too slow: come back with the number of your last event',
    ]);
  });

  it('end when the server goes down', async () => {
    const server = await startOperatorApi();
    using reader = await Reader.open(server);
    await reader.until(1);

    await server[Symbol.asyncDispose]();

    expect(await reader.closed).toEqual([1001, 'the server goes down']);
  });
});

it('an offer of HTTP/2 is ignored, and the request is answered', async () => {
  await using server = await startOperatorApi();
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
  const lines = [
    ...['GET /api/v1/node HTTP/1.1', 'host: x', `authorization: Bearer ${API_KEY}`],
    ...['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__'],
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);

  let text = '';
  for await (const chunk of socket) text += chunk;

  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(text).toContain('"network":"bcrt"');
});
