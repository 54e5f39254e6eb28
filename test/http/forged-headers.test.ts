import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { descriptionHashOf } from '../../src/hex.ts';
import { msat } from '../../src/msat.ts';
import { ADMIN_KEY, PUBLIC_URL, start } from '../support/start.ts';
import { makeAddress, makeLink, type Server } from '../support/wallet.ts';
import { sendRaw } from '../support/wallet-socket.ts';

jest.setTimeout(120_000);

type Headers = Readonly<Record<string, string>>;

const HTML = { accept: 'text/html' };
const KEY = { authorization: `Bearer ${ADMIN_KEY}` };
const JSON_BODY = { ...KEY, 'content-type': 'application/json' };
const OURS = { origin: PUBLIC_URL };
const COFFEE = JSON.stringify({ description: 'Coffee', minMsat: 1000, maxMsat: 2000 });

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Headers;
  readonly body?: string;
}

const GIFT = JSON.stringify({ description: 'A gift', minMsat: 21_000, maxMsat: 21_000, uses: 1 });
const BATCH = JSON.stringify({ description: 'A gift', minMsat: 1000, maxMsat: 1000, count: 2 });
const CHANNEL = JSON.stringify({ capacitySat: 100_000 });

/** What wallets and people ask of money that goes out. */
function payouts({ voucher, claim, offer, batch }: Needs): Asked[] {
  return [
    { path: voucher },
    { path: voucher, method: 'HEAD' },
    { path: voucher, headers: HTML },
    { path: `${voucher}/qr.svg` },
    { path: `${voucher}/callback?k1=00` },
    { path: claim },
    { path: claim },
    { path: '/lnurlw/nothing' },
    { path: '/lnurlw/nothing', headers: HTML },
    { path: offer },
    { path: offer, headers: HTML },
    { path: `${offer}/callback?k1=00&remoteid=00` },
    { path: '/lnurlc/nothing' },
    { path: '/api/v1/withdraw-links', method: 'POST', headers: JSON_BODY, body: GIFT },
    { path: '/api/v1/withdraw-links', headers: KEY },
    { path: '/api/v1/withdraw-batches', method: 'POST', headers: JSON_BODY, body: BATCH },
    { path: '/api/v1/withdraw-batches', headers: KEY },
    { path: `${batch}/vouchers`, headers: KEY },
    { path: `${batch}/vouchers?format=csv`, headers: KEY },
    { path: `${batch}/vouchers` },
    { path: `${batch}/print`, headers: { ...KEY, ...HTML } },
    { path: `${batch}/print-tickets`, method: 'POST', headers: JSON_BODY, body: '{}' },
    { path: '/api/v1/channel-offers', method: 'POST', headers: JSON_BODY, body: CHANNEL },
    { path: '/api/v1/channel-offers', headers: KEY },
    { path: '/api/v1/channels', headers: KEY },
    { path: '/api/v1/accounts', headers: KEY },
  ];
}

interface Needs {
  readonly link: string;
  readonly k1: string;
  readonly verify: string;
  readonly voucher: string;
  readonly claim: string;
  readonly offer: string;
  readonly batch: string;
}

/** Every route there is, in an order in which one needs the other. */
function everything(needs: Needs): Asked[] {
  const { link, k1, verify } = needs;
  return [
    // Wallets.
    { path: link },
    { path: `${link}/callback/1?amount=1000` },
    { path: `${link}/callback?amount=5` },
    { path: verify },
    { path: '/.well-known/lnurlp/alice' },
    { path: '/.well-known/lnurlp/alice+tag' },
    { path: '/.well-known/lnurlp/nobody' },
    { path: `/lnurla?tag=login&k1=${k1}` },
    { path: `/lnurla?tag=login&k1=${k1}&sig=00&key=00` },
    { path: link, method: 'HEAD' },
    { path: link, method: 'OPTIONS' },
    { path: link, method: 'POST' },
    { path: '/lnurlp/nothing' },
    { path: '/.well-known/nostr.json' },
    { path: '/nothing' },
    { path: '/%zz' },
    // Pages.
    { path: '/', headers: HTML },
    { path: link, headers: HTML },
    { path: '/lnurlp/nothing', headers: HTML },
    { path: '/.well-known/lnurlp/alice', headers: HTML },
    { path: '/.well-known/lnurlp/alice+tag', headers: HTML },
    { path: `/lnurla?tag=login&k1=${k1}`, headers: HTML },
    { path: `${link}/qr.svg` },
    { path: `/lnurla/${k1}/qr.svg` },
    { path: '/assets/page.css' },
    { path: '/assets/nothing.css' },
    ...payouts(needs),
    // Login.
    { path: '/login', headers: HTML },
    { path: '/login/start', method: 'POST', headers: OURS },
    { path: '/login/start', method: 'POST', headers: { origin: 'https://evil.test' } },
    { path: '/login/start', method: 'POST' },
    { path: '/login/session', method: 'POST', headers: OURS },
    { path: '/login/me' },
    { path: '/login/events' },
    { path: '/login/logout', method: 'POST', headers: OURS },
    // Operators.
    { path: '/api/v1/pay-links', method: 'POST', headers: JSON_BODY, body: COFFEE },
    { path: '/api/v1/pay-links', method: 'POST', headers: JSON_BODY, body: '{}' },
    { path: '/api/v1/pay-links', headers: KEY },
    { path: '/api/v1/pay-links?limit=1', headers: KEY },
    { path: '/api/v1/addresses', headers: KEY },
    { path: '/api/v1/logins', method: 'POST', headers: JSON_BODY, body: '{}' },
    { path: '/api/v1/logins', headers: KEY },
    { path: '/api/v1/invoices', headers: KEY },
    { path: '/api/v1/node', headers: KEY },
    { path: '/api/v1/events/tickets', method: 'POST', headers: JSON_BODY, body: '{}' },
    { path: '/api/v1/events' },
    { path: '/api/v1/nothing', headers: KEY },
    { path: '/api/v1/pay-links' },
    { path: '/api/nothing' },
    { path: '/demo/wallet' },
    { path: '/healthz' },
    { path: '/readyz' },
  ];
}

interface Answered {
  readonly asked: string;
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string[]>;
  readonly text: string;
}

/**
 * Asks everything, with these headers on each request. Two servers are twins: the same seed of
 * chance and a clock that stands still, so that whatever differs comes from the headers.
 */
async function answersWith(forged: Headers): Promise<readonly Answered[]> {
  await using server = await start();
  const needs = await prepare(server);
  const answers: Answered[] = [];
  for (const asked of everything(needs)) {
    const headers = { host: 'pay.example.org', ...asked.headers, ...forged };
    answers.push(await ask(server.origin, { ...asked, headers }));
  }
  return answers;
}

/** Node's own client, which sends whatever Host it is told to. */
async function ask(origin: string, asked: Asked): Promise<Answered> {
  const { method = 'GET', path, headers = {}, body } = asked;
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  const call = request(`${origin}${path}`, { method, headers: { ...headers, ...length } });
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response) text += piece;
  const { date, ...told } = response.headersDistinct;
  expect(date).toBeDefined();
  return { asked: `${method} ${path}`, status: response.statusCode, headers: told, text };
}

async function prepare(server: Server) {
  const link = server.local((await makeLink(server, { commentAllowed: 5 })).url);
  await makeAddress(server, { name: 'alice' });
  const login = await server.operator.post('/api/v1/logins').send({});
  const { body } = await server.wallet.get(`${link}/callback/1?amount=1000`);
  const needs = { link, k1: login.body.k1, verify: server.local(body.verify) };
  return { ...needs, ...(await preparePayouts(server)) };
}

async function preparePayouts(server: Server) {
  const make = async (kind: string, terms: string) =>
    (await server.operator.post(`/api/v1/${kind}`).send(JSON.parse(terms))).body;
  const voucher = server.local((await make('withdraw-links', GIFT)).url);
  const { callback, k1 } = (await server.wallet.get(voucher)).body;
  const { bolt11 } = await server.network.customer.createInvoice({
    ...{ amount: msat(21_000n), expirySeconds: 3_600, memo: '' },
    descriptionHash: descriptionHashOf('a wallet'),
  });
  return {
    voucher,
    claim: `${server.local(callback)}?k1=${k1}&pr=${bolt11}`,
    offer: server.local((await make('channel-offers', CHANNEL)).url),
    batch: `/api/v1/withdraw-batches/${(await make('withdraw-batches', BATCH)).id}`,
  };
}

describe('forged headers (promise P5, hazard 3.18, GEN-37)', () => {
  let plain: readonly Answered[];
  beforeAll(async () => {
    plain = await answersWith({});
  });

  it('are looked for in answers of every kind', () => {
    const bodies = plain.filter(
      ({ asked, status }) => !/^HEAD|^OPTIONS/.test(asked) && status !== 204,
    );
    for (const { asked, text } of bodies)
      expect([asked, text]).toEqual([asked, expect.stringMatching(/./)]);
    const statuses = new Set(plain.map(({ status }) => status));
    const types = new Set(plain.map(({ headers }) => headers['content-type']?.[0]?.split(';')[0]));

    expect([...statuses].sort()).toEqual([200, 201, 204, 400, 401, 403, 404, 405]);
    expect([...types].sort()).toEqual([
      'application/json',
      'application/problem+json',
      'image/svg+xml',
      'text/css',
      'text/csv',
      'text/html',
      undefined,
    ]);
  });

  it.each<[string, Headers]>([
    ['none at all, which shows that twins are alike', {}],
    ['Host', { host: 'evil.test' }],
    ['Host with a port', { host: 'pay.example.org:8443' }],
    ['Host that is no name', { host: '"><script>alert(1)</script>' }],
    ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.test' }],
    ['X-Forwarded-Proto', { 'x-forwarded-proto': 'http', 'x-forwarded-ssl': 'off' }],
    ['X-Forwarded-Prefix', { 'x-forwarded-prefix': '/evil', 'x-script-name': '/evil' }],
    ['X-Forwarded-Port', { 'x-forwarded-port': '8443', 'x-forwarded-server': 'evil.test' }],
    ['X-Forwarded-For', { 'x-forwarded-for': '6.6.6.6, 7.7.7.7', 'x-real-ip': '6.6.6.6' }],
    ['Forwarded', { forwarded: 'for=6.6.6.6;host=evil.test;proto=http' }],
    [
      'those of other servers and proxies',
      {
        'x-original-url': '/api/v1/node',
        'x-rewrite-url': '/api/v1/node',
        'x-original-host': 'evil.test',
        'x-host': 'evil.test',
        'x-http-method-override': 'DELETE',
        'x-forwarded-uri': '/evil',
        'x-envoy-original-path': '/evil',
        'cf-connecting-ip': '6.6.6.6',
        'true-client-ip': '6.6.6.6',
        via: '1.1 evil.test',
        referer: 'https://evil.test/',
      },
    ],
    [
      'all together',
      {
        host: 'evil.test',
        'x-forwarded-host': 'evil.test',
        'x-forwarded-proto': 'http',
        'x-forwarded-prefix': '/evil',
        'x-forwarded-for': '6.6.6.6',
        forwarded: 'for=6.6.6.6;host=evil.test;proto=http',
      },
    ],
  ])('change nothing in any answer: %s', async (_name, forged) => {
    const answers = await answersWith(forged);

    expect(answers).toEqual(plain);
  });

  it.each(['http://evil.test', 'https://evil.test:8443', 'HTTP://EVIL.TEST'])(
    'change nothing when they stand in the request line: %s',
    async (origin) => {
      await using server = await start();
      const { link } = await prepare(server);
      const rest = 'HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n';

      const forged = await sendRaw(server.origin, `GET ${origin}${link} ${rest}`);

      const { text } = await server.wallet.get(link);
      expect(forged.body).toBe(text);
    },
  );
});
