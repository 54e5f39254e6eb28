import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServerProcess, startServer } from '../support/server-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Client } from './client.ts';

const TEST_LIMIT_MS = 120_000;
/** What `docker stop` grants before it kills. */
const GRANTED_MS = 10_000;
/** How long who does not finish is waited for: where all do, the end comes sooner. */
const DRAIN_MS = 5_000;
const KNOCK_EVERY_MS = 50;
const LINK = { description: 'Coffee', minMsat: 1000, maxMsat: 1000 };
const LOGIN_ORIGIN = 'http://localhost:3000';

describe('a server that is told to stop', () => {
  let folder: ReturnType<typeof tempFolder>;
  let dataDir: string;
  beforeEach(() => {
    folder = tempFolder();
    dataDir = join(folder.path, 'data');
  });
  afterEach(() => folder[Symbol.dispose]());

  // FC-24: process 1 of a container that does not hear the signal is killed in the middle of its work.
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends well on %s with streams, connections and a request open',
    async (signal) => {
      await using first = await startServer({ dataDir });
      const { server, origin } = first;
      using client = new Client(origin, server.adminKey);
      const kept = JSON.parse((await client.post('/api/v1/pay-links', LINK)).text);
      const events = await client.open('/api/v1/events?after=0');
      const login = await openLoginStream(client);
      const [eventText, loginText] = [text(events), text(login)];
      const pending = await beginRequest(origin, server.adminKey);
      // A browser opens connections in advance.
      const unused = await connectTo(origin);

      const asked = performance.now();
      server.signal(signal);
      await server.says(/^Stopping/m);
      const answer = await pending.finish();
      const ending = await server.ended();

      expect(performance.now() - asked).toBeLessThan(DRAIN_MS);
      expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' });
      expect(await eventText).toContain(kept.id);
      expect(await loginText).toContain('retry:');
      expect(answer).toMatchObject({ status: 201 });
      unused.destroy();
      await expect(connectTo(origin)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(await linkIds(dataDir)).toEqual([JSON.parse(answer.text).id, kept.id]);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is not held up by who never ends a request',
    async () => {
      await using first = await startServer({ dataDir });
      const { server, origin } = first;
      const pending = await beginRequest(origin, server.adminKey);

      const asked = performance.now();
      const { code } = await server.stop();

      expect(performance.now() - asked).toBeLessThan(GRANTED_MS);
      expect(code).toBe(0);
      await expect(pending.finish()).rejects.toMatchObject({ code: 'ECONNRESET' });
    },
    TEST_LIMIT_MS,
  );

  it(
    'goes on and ends well when nobody reads what it says any more',
    async () => {
      await using first = await startServer({ dataDir, env: { BOLTGATE_LOG_LEVEL: 'debug' } });
      const { server, origin } = first;
      using client = new Client(origin, server.adminKey);

      server.stopListening();
      const made = JSON.parse((await client.post('/api/v1/pay-links', LINK)).text);
      const ending = await server.stop();

      expect(ending).toMatchObject({ code: 0, signal: null });
      expect(await linkIds(dataDir)).toEqual([made.id]);
    },
    TEST_LIMIT_MS,
  );

  it(
    'goes on and ends well when the disk under its log is full',
    async () => {
      const port = await freePort();
      await using full = await open('/dev/full', 'w');
      const env = { BOLTGATE_LISTEN: `127.0.0.1:${port}`, BOLTGATE_LOG_LEVEL: 'debug' };
      await using server = new ServerProcess({ dataDir, env, stdoutFile: full.fd });
      const origin = `http://127.0.0.1:${port}`;
      await untilListening(origin);
      using client = new Client(origin, server.adminKey);

      await client.post('/api/v1/pay-links', LINK);
      const { status } = await client.get('/healthz');
      const ending = await server.stop();

      expect(status).toBe(200);
      expect(ending).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    },
    TEST_LIMIT_MS,
  );

  it(
    'has heard so also while it was starting',
    async () => {
      const fifo = join(folder.path, 'secret');
      spawnSync('mkfifo', [fifo]);
      await using server = new ServerProcess({ dataDir, env: { BOLTGATE_SECRET_FILE: fifo } });
      // Opens as soon as the server reads there, which it does in the middle of its start.
      const writer = await open(fifo, 'w');

      server.signal('SIGTERM');
      await writer.writeFile('33'.repeat(32));
      await writer.close();

      expect(await server.ended()).toMatchObject({ code: 0, signal: null, stderr: '' });
    },
    TEST_LIMIT_MS,
  );
});

/** A page that waits for its wallet: `GET /login/events` of a login that was just begun. */
async function openLoginStream(client: Client): Promise<IncomingMessage> {
  const { headers } = await client.post('/login/start', {}, { origin: LOGIN_ORIGIN });
  const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  return await client.open('/login/events', { cookie });
}

/** A POST of which the server has the head but not the body. */
async function beginRequest(origin: string, adminKey: string) {
  const body = JSON.stringify(LINK);
  const call = request(`${origin}/api/v1/pay-links`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${adminKey}`,
      connection: 'keep-alive',
      'content-type': 'application/json',
      'content-length': body.length,
      expect: '100-continue',
    },
  });
  const answered = once(call, 'response');
  answered.catch(() => undefined);
  call.flushHeaders();
  await once(call, 'continue');
  return {
    finish: async () => {
      call.end(body);
      // The event gives the response.
      const [res] = (await answered) as [IncomingMessage];
      return { status: res.statusCode, text: await text(res) };
    },
  };
}

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** For a server that cannot say so itself: its socket takes the first connection. */
async function untilListening(origin: string): Promise<void> {
  const deadline = performance.now() + TEST_LIMIT_MS / 2;
  for (;;) {
    try {
      return void (await connectTo(origin)).destroy();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(KNOCK_EVERY_MS);
    }
  }
}

async function connectTo(origin: string) {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** What a new start on the same directory finds, newest first. */
async function linkIds(dataDir: string): Promise<string[]> {
  await using again = await startServer({ dataDir });
  using client = new Client(again.origin, again.server.adminKey);
  const { items } = await client.json<{ items: { id: string }[] }>('/api/v1/pay-links');
  return items.map(({ id }) => id);
}
