import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Outgoing } from '../../../src/outgoing/outgoing.ts';
import { standIn } from '../../cli/stand-in.ts';

const NEVER = new AbortController().signal;
const V4 = (address: string) => ({ address, family: 4 });

/** A call out whose names lead where the test says; each answer is for one question. */
function outgoing(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const calls = new Outgoing({
    rules: { loopback: false },
    lookup: async (host) => {
      asked.push(host);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (!answer) throw new Error('no such name');
      return await Promise.resolve(answer.map(V4));
    },
  });
  return { calls, asked };
}

const ASKED = {
  method: 'POST',
  url: 'https://shop.example.org/',
  headers: {},
  body: '{}',
} as const;

describe('a call to a server that somebody else named', () => {
  it.each([
    ['to this machine', ['127.0.0.1']],
    ['to a local network', ['10.0.0.1']],
    ['to a public address and a local one', ['8.8.8.8', '192.168.0.1']],
  ])('is not made when its name leads %s', async (_, addresses) => {
    const { calls } = outgoing(addresses);

    expect(await calls.faultOf(ASKED.url)).toContain('leads to this machine or to a local network');
    await expect(calls.ask(ASKED, NEVER)).rejects.toThrow('leads to this machine');
  });

  it('is not made when its name leads elsewhere by the time of the connection', async () => {
    const { calls } = outgoing(['8.8.8.8'], ['127.0.0.1']);

    expect(await calls.faultOf(ASKED.url)).toBeUndefined();
    await expect(calls.ask(ASKED, NEVER)).rejects.toThrow('leads to this machine');
  });

  it('is not made when its name cannot be resolved', async () => {
    const { calls } = outgoing();

    expect(await calls.faultOf(ASKED.url)).toBe('the name shop.example.org cannot be resolved');
  });
});

describe('a call to a server on this machine, for trying out', () => {
  const calls = new Outgoing({ rules: { loopback: true } });

  it('does not follow a redirect', async () => {
    await using other = await standIn(() => ({ body: 'other' }));
    await using server = await standIn(() => ({
      status: 302,
      headers: { location: other.origin },
    }));

    const answer = await calls.ask({ ...ASKED, url: server.origin }, NEVER);

    expect(answer.status).toBe(302);
    expect(other.asked).toEqual([]);
  });

  it('reads the beginning of a body that has no end', async () => {
    const server = createServer((_req, res) => {
      const more = (): void => void (res.write('x'.repeat(16_384)) ? setImmediate(more) : 0);
      res.on('drain', more);
      more();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const answer = await calls.ask({ ...ASKED, url: `http://127.0.0.1:${port}/` }, NEVER);

    expect([answer.status, answer.text.length]).toEqual([200, 64 * 1024]);
    server.closeAllConnections();
    server.close();
  });

  it('says in words what went wrong', async () => {
    await expect(calls.ask({ ...ASKED, url: 'http://127.0.0.1:1/' }, NEVER)).rejects.toThrow(
      'nobody listens there',
    );
  });
});
