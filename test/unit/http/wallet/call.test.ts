import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { callerOf, Patience, readCall } from '../../../../src/http/wallet/call.ts';

/** A request from 10.0.0.1 with these headers. */
function requestWith(headers: Readonly<Record<string, string>>, url = '/'): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: '10.0.0.1' });
  return Object.assign(new IncomingMessage(socket), { headers, url });
}

describe('who asked (FC-26, hazard 3.18)', () => {
  it.each([
    [0, undefined, '10.0.0.1'],
    [0, '6.6.6.6', '10.0.0.1'],
    [1, undefined, '10.0.0.1'],
    [1, '', '10.0.0.1'],
    [1, '7.7.7.7', '7.7.7.7'],
    [1, '6.6.6.6, 7.7.7.7', '7.7.7.7'],
    [1, '6.6.6.6,7.7.7.7 ', '7.7.7.7'],
    [2, '6.6.6.6, 7.7.7.7, 8.8.8.8', '7.7.7.7'],
    [2, '8.8.8.8', '10.0.0.1'],
    [1, '6.6.6.6, ', '10.0.0.1'],
    [1, '2001:db8::1', '2001:db8::1'],
  ])('is behind %i proxies with X-Forwarded-For %j: %s', (proxies, forwarded, caller) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };

    expect(callerOf(requestWith(headers), proxies)).toBe(caller);
  });
});

describe('a call', () => {
  it.each([
    ['pay.example.org', 'pay.example.org'],
    ['PAY.Example.org', 'pay.example.org'],
    ['pay.example.org:443', 'pay.example.org'],
    ['localhost:3000', 'localhost'],
    ['[::1]:3000', '[::1]'],
    ['', ''],
  ])('to Host %j is to %j', (host, read) => {
    expect(readCall(requestWith({ host }), 0).host).toBe(read);
  });

  it('has the query behind its first question mark', () => {
    const { query } = readCall(requestWith({}, '/a?x=1&y=2?z=3'), 0);

    expect([query.get('x'), query.get('y')]).toEqual(['1', '2?z=3']);
  });

  it.each([
    [16 * 1024, true],
    [16 * 1024 + 1, false],
  ])('may be %i characters long: %s (GEN-17)', (length, isAllowed) => {
    const read = () => readCall(requestWith({}, `/?${'a'.repeat(length - 2)}`), 0);

    if (isAllowed) expect(read).not.toThrow();
    else expect(read).toThrow('request too long');
  });
});

describe('patience (promise P4)', () => {
  it('answers with what the work answers, and throws what it throws', async () => {
    const patience = new Patience();

    expect(await patience.inTime(async () => ({ ok: 1 }))).toEqual({ ok: 1 });
    const failing = patience.inTime(async () => {
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
  });

  it('ends after 2.5 s at most, tells the work so, and gives the next its own time', async () => {
    const patience = new Patience();
    const begin = performance.now();
    let isTold = false;
    const forEver = patience.inTime(
      async (signal) =>
        await new Promise(() => {
          signal.addEventListener('abort', () => {
            isTold = true;
          });
        }),
    );

    await expect(forEver).rejects.toMatchObject({ name: 'NodeError', code: 'node-timeout' });
    const next = await patience.inTime(async (signal) => ({ aborted: signal.aborted }));

    expect(performance.now() - begin).toBeGreaterThan(2_000);
    expect([isTold, next]).toEqual([true, { aborted: false }]);
  });
});
