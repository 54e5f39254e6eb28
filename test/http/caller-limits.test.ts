import { describe, expect, it, jest } from '@jest/globals';
import {
  ACTS_PER_ADDRESS,
  ACTS_PER_ADDRESS_AND_LINK,
} from '../../src/http/limits/caller-limits.ts';
import type { Log } from '../../src/log.ts';
import { pipeline } from '../support/pipeline.ts';
import { start } from '../support/start.ts';
import { makeLink, type Server } from '../support/wallet.ts';

const BEHIND_ONE = { env: { BOLTGATE_TRUST_PROXY: '1' } };
const TOO_MANY = {
  status: 'ERROR',
  reason: expect.stringMatching(/^Too many requests, try again in \d+ s$/),
};

jest.setTimeout(60_000);

/** Asks as often as may be, from one address behind our proxy. Nothing of it makes an invoice. */
async function use(server: Server, times: number, path: string, from: string): Promise<void> {
  const answers = await pipeline(server.origin, path, times, { 'x-forwarded-for': from });
  expect(answers.split('"status":"ERROR"')).toHaveLength(times + 1);
  expect(answers).not.toContain('Too many');
}

async function askFrom(server: Server, path: string, from: string) {
  return await server.wallet.get(path).set('x-forwarded-for', from);
}

describe('one address on one link', () => {
  it('may act so often a minute, and is then refused in the words of LUD-01', async () => {
    await using server = await start(BEHIND_ONE);
    const callback = `${server.local((await makeLink(server)).url)}/callback?amount=1`;
    await use(server, ACTS_PER_ADDRESS_AND_LINK.requests, callback, '203.0.113.7');

    const refused = await askFrom(server, callback, '203.0.113.7');

    expect([refused.status, refused.body]).toEqual([200, TOO_MANY]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
    });
  });

  it('leaves the link to all others, and other links to the address', async () => {
    await using server = await start(BEHIND_ONE);
    const [one, other] = [await makeLink(server), await makeLink(server)].map(
      ({ url }) => `${server.local(url)}/callback`,
    );
    await use(server, ACTS_PER_ADDRESS_AND_LINK.requests, `${one}?amount=1`, '2001:db8::1');

    const neighbour = await askFrom(server, `${one}?amount=1000`, '2001:db8::ffff');
    const stranger = await askFrom(server, `${one}?amount=1000`, '2001:db8:0:1::1');
    const elsewhere = await askFrom(server, `${other}?amount=1000`, '2001:db8::1');

    expect(neighbour.body).toEqual(TOO_MANY);
    expect([stranger.body.pr, elsewhere.body.pr]).toEqual([expect.any(String), expect.any(String)]);
  });
});

describe('one address', () => {
  it('may act so often a minute: pay, claim, log in; and read as often as it likes (FC-26)', async () => {
    await using server = await start(BEHIND_ONE);
    const link = server.local((await makeLink(server)).url);
    await use(server, ACTS_PER_ADDRESS.requests, '/lnurla?tag=login&k1=00', '203.0.113.7');

    const acts = [
      '/lnurla?tag=login&k1=00',
      `${link}/callback?amount=1000`,
      '/lnurlw/nobody/callback?k1=00&pr=ln',
      '/lnurlc/nobody/callback?k1=00&remoteid=00',
    ];
    for (const path of acts) {
      expect([path, (await askFrom(server, path, '203.0.113.7')).body]).toEqual([path, TOO_MANY]);
    }
    const login = await server.wallet
      .post('/login/start')
      .set({ 'x-forwarded-for': '203.0.113.7', origin: 'https://pay.example.org' });
    expect([login.status, login.body.code]).toEqual([429, 'too-many-requests']);
    expect(Number(login.headers['retry-after'])).toBeGreaterThan(0);
    expect((await askFrom(server, link, '203.0.113.7')).body.tag).toBe('payRequest');
    expect((await askFrom(server, link, '203.0.113.8')).body.tag).toBe('payRequest');
  });

  it('is the last one that our proxy wrote, whatever the header claims before it (FC-26)', async () => {
    await using server = await start(BEHIND_ONE);
    const callback = `${server.local((await makeLink(server)).url)}/callback?amount=1`;
    const claims = (turn: number) => `198.51.100.${turn % 250}, 203.0.113.7`;
    for (let turn = 0; turn < ACTS_PER_ADDRESS_AND_LINK.requests; turn += 100) {
      await use(server, 100, callback, claims(turn));
    }

    expect((await askFrom(server, callback, '198.51.100.250, 203.0.113.7')).body).toEqual(TOO_MANY);
  });
});

describe('FC-26: a proxy that nobody told us of', () => {
  it('is served without a limit, and named in the log once a start', async () => {
    const warnings: string[] = [];
    const log: Log = {
      ...{ debug: () => {}, info: () => {}, error: () => {} },
      warn: (message) => void warnings.push(message),
    };
    await using server = await start({ log });
    const callback = `${server.local((await makeLink(server)).url)}/callback?amount=1`;

    await use(server, ACTS_PER_ADDRESS.requests + 1, callback, '203.0.113.7');

    const told = warnings.filter((line) => line.includes('BOLTGATE_TRUST_PROXY'));
    expect(told).toEqual([
      'a request carries X-Forwarded-For and no proxy is trusted: behind a proxy, set BOLTGATE_TRUST_PROXY',
    ]);
  });

  it('is not suspected when there is none, or when it is known', async () => {
    const warnings: string[] = [];
    const log: Log = {
      ...{ debug: () => {}, info: () => {}, error: () => {} },
      warn: (message) => void warnings.push(message),
    };
    await using plain = await start({ log });
    await using known = await start({ ...BEHIND_ONE, log });

    await plain.wallet.get('/');
    await askFrom(known, '/', '203.0.113.7');

    expect(warnings).toEqual([]);
  });
});
