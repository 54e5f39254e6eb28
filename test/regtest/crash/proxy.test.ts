import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { untilTrue } from '../network/until.ts';
import { type Direction, TcpProxy } from './proxy.ts';

describe('a proxy that can be told to fail', () => {
  let echo: Server;
  let proxy: TcpProxy;
  let heardByTarget: string;
  const clients: Socket[] = [];

  beforeEach(async () => {
    heardByTarget = '';
    echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        heardByTarget += chunk.toString();
        socket.write(chunk);
      });
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.start((echo.address() as AddressInfo).port);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy[Symbol.asyncDispose]();
    echo.close();
  });

  it('passes every byte on in both directions', async () => {
    const client = await open();
    const sent = 'x'.repeat(3_000_000);

    client.socket.write(sent);

    await untilTrue('all of it', () => client.heard.length >= sent.length);
    expect(client.heard === sent && heardByTarget === sent).toBe(true);
  });

  it.each([
    { directions: ['up'], reaches: '' },
    { directions: ['down'], reaches: 'asked' },
    { directions: ['up', 'down'], reaches: '' },
  ] satisfies { directions: Direction[]; reaches: string }[])(
    'holds back what goes $directions and gives it out later',
    async ({ directions, reaches }) => {
      const client = await open();
      proxy.stall(directions);

      client.socket.write('asked');

      // Another connection shows that a moment has passed; it is held up as well.
      const later = await open();
      later.socket.write('');
      await untilTrue('the target to hear what it may', () => heardByTarget === reaches);
      expect([client.heard, client.socket.destroyed]).toEqual(['', false]);
      proxy.letGo();
      await untilTrue('the echo', () => client.heard === 'asked');
    },
  );

  it('resets connections and takes new ones', async () => {
    const client = await open();

    proxy.cut();

    await untilTrue('the end', () => client.error !== undefined);
    expect(client.error).toBe('ECONNRESET');
    const next = await open();
    next.socket.write('again');
    await untilTrue('the echo', () => next.heard === 'again');
  });

  it('loses what waited when it is cut in a stall', async () => {
    const client = await open();
    proxy.stall(['up']);
    client.socket.write('lost');

    proxy.cut();
    proxy.letGo();

    const next = await open();
    next.socket.write('kept');
    await untilTrue('the echo', () => next.heard === 'kept');
    expect(heardByTarget).toBe('kept');
  });

  it('is as slow as it is told to be', async () => {
    const client = await open();
    proxy.slow(40);
    const startedAt = performance.now();

    client.socket.write('slow');

    await untilTrue('the echo', () => client.heard === 'slow');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(75);
  });

  it('resets who comes while the target is away', async () => {
    echo.close();
    await once(echo, 'close');

    const client = await open();

    await untilTrue('the end', () => client.error !== undefined);
    expect(client.error).toBe('ECONNRESET');
  });

  async function open() {
    const socket = connect({ port: proxy.port, host: '127.0.0.1' });
    clients.push(socket);
    const client = { socket, heard: '', error: undefined as string | undefined };
    socket.on('error', (error: NodeJS.ErrnoException) => {
      client.error = error.code;
    });
    socket.on('data', (chunk) => {
      client.heard += chunk.toString();
    });
    await once(socket, 'connect');
    return client;
  }
});
