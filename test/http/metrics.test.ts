import { describe, expect, it } from '@jest/globals';
import { msat } from '../../src/msat.ts';
import { parseExposition, type Sample, sampleValue } from '../support/exposition.ts';
import { ADMIN_KEY, SERVER_SECRET, start } from '../support/start.ts';
import {
  makeAddress,
  makeLink,
  orderFrom,
  pay,
  type Server,
  settled,
  until,
} from '../support/wallet.ts';
import { withdraw } from '../support/withdraw-wallet.ts';

async function metricsOf({ wallet }: Pick<Server, 'wallet'>): Promise<readonly Sample[]> {
  const { status, headers, text } = await wallet.get('/metrics');
  expect([status, headers['content-type']]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return parseExposition(text);
}

/** Waits until a sample has a value, for answers are counted when their sockets have taken them. */
async function untilValue(
  server: Server,
  value: number,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<readonly Sample[]> {
  return await until(
    async () => await metricsOf(server),
    (samples) => sampleValue(samples, name, labels) === value,
  );
}

async function makeVoucher(server: Server): Promise<string> {
  const { status, body } = await server.operator
    .post('/api/v1/withdraw-links')
    .send({ description: 'A gift', minMsat: 21_000, maxMsat: 21_000, uses: 1 });
  expect(status).toBe(201);
  return body.url;
}

describe('what Prometheus reads', () => {
  it('shows a server at rest', async () => {
    await using server = await start();

    const samples = await metricsOf(server);

    const at = (name: string, labels = {}) => sampleValue(samples, name, labels);
    expect({
      node: at('boltgate_node_up'),
      ok: at('boltgate_node_health', { kind: 'ok' }),
      others: at('boltgate_node_health'),
      store: at('boltgate_store_up'),
      liquidity: at('boltgate_node_liquidity_ratio'),
      open: at('boltgate_open_invoices'),
      held: at('boltgate_held'),
      sending: at('boltgate_oldest_sending_seconds'),
      head: at('boltgate_event_log_head'),
      differs: at('boltgate_ledger_differs'),
      differences: at('boltgate_ledger_differences'),
      claims: at('boltgate_claims_total'),
    }).toEqual({
      ...{ node: 1, ok: 1, others: 1, store: 1, liquidity: 1, open: 0, held: 0, sending: 0 },
      ...{ head: 0, differs: 0, differences: 0, claims: 0 },
    });
    expect(at('process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('counts an invoice while it is open and how soon it was booked', async () => {
    await using server = await start();
    const { url } = await makeLink(server);
    const ordered = await orderFrom(server, url);
    const open = await metricsOf(server);

    await pay(server, ordered);
    await settled(server, ordered);
    const after = await metricsOf(server);

    const name = 'boltgate_open_invoices';
    expect([sampleValue(open, name), sampleValue(after, name)]).toEqual([1, 0]);
    expect(sampleValue(open, 'boltgate_settlement_delay_seconds_count')).toBe(0);
    expect(sampleValue(after, 'boltgate_settlement_delay_seconds_count')).toBe(1);
    expect(sampleValue(after, 'boltgate_event_log_head')).toBe(3);
  });

  it('counts a claim that is paid, and one that fails with its reason', async () => {
    await using server = await start();
    const paid = await withdraw(server, await makeVoucher(server));
    await untilValue(server, 1, 'boltgate_claims_total', { outcome: 'paid' });
    server.network.fee = { base: msat(1_000_000n), ppm: 0n };

    const failed = await withdraw(server, await makeVoucher(server));
    const samples = await untilValue(server, 1, 'boltgate_claims_total', { outcome: 'failed' });

    expect([paid.answer, failed.answer]).toEqual([{ status: 'OK' }, { status: 'OK' }]);
    const claims = samples.filter(({ name }) => name === 'boltgate_claims_total');
    expect(claims.map(({ labels, value }) => [labels.outcome, labels.reason, value])).toEqual([
      ['reserved', '', 2],
      ['paid', '', 1],
      ['failed', 'fee-too-high', 1],
    ]);
  });

  it('shows the age of a claim that is on its way', async () => {
    await using server = await start();
    const url = await makeVoucher(server);
    server.network.faults.nextPayment({ kind: 'hang' });
    await withdraw(server, url);
    await untilValue(server, 1, 'boltgate_claims_waiting', { state: 'sending' });

    server.clock.advance(90_000);
    const samples = await metricsOf(server);

    expect(sampleValue(samples, 'boltgate_oldest_sending_seconds')).toBe(90);
  });

  it('shows a node that is down, and then no liquidity', async () => {
    await using server = await start();
    server.network.faults.goDown();

    const samples = await until(
      async () => {
        server.clock.advance(2_000);
        return await metricsOf(server);
      },
      (read) => sampleValue(read, 'boltgate_node_up') === 0,
    );

    const kinds = samples.filter(({ name, value }) => name === 'boltgate_node_health' && value > 0);
    expect(kinds.map(({ labels }) => labels.kind)).toEqual(['unreachable']);
    expect(samples.some(({ name }) => name === 'boltgate_node_liquidity_ratio')).toBe(false);
  });
});

describe('requests', () => {
  it('are counted by route, method and class of the status, those that are answered early too', async () => {
    await using server = await start();
    const { url } = await makeLink(server);
    const path = server.local(url);
    for (let asked = 0; asked < 3; asked += 1) await server.wallet.get(path);
    await server.wallet.head(path);
    await orderFrom(server, url);
    await server.wallet.get(`${path}/callback?amount=1`);
    await server.wallet.get('/nothing/here');
    await server.wallet.get('/api/v1/pay-links');

    const samples = await untilValue(server, 2, 'boltgate_http_requests_total', { status: '4xx' });

    const counted = samples
      .filter(({ name }) => name === 'boltgate_http_requests_total')
      .map(({ labels, value }) => [labels.method, labels.route, labels.status, value]);
    expect(counted).toEqual(
      expect.arrayContaining([
        ['GET', '/lnurlp/:token', '2xx', 4],
        ['HEAD', '/lnurlp/:token', '2xx', 1],
        ['GET', '/lnurlp/:token/callback{/:version{/:tag}}', '2xx', 2],
        ['POST', '/api/v1/pay-links', '2xx', 1],
        ['GET', 'none', '4xx', 2],
      ]),
    );
    const refused = samples.filter(({ name }) => name === 'boltgate_wallet_refusals_total');
    expect(refused).toEqual([
      expect.objectContaining({
        labels: {
          route: '/lnurlp/:token/callback{/:version{/:tag}}',
          code: 'amount-out-of-range',
        },
        value: 1,
      }),
    ]);
  });

  it('are timed, but for streams and for what lies ready', async () => {
    await using server = await start();
    const { url } = await makeLink(server);
    for (let asked = 0; asked < 3; asked += 1) await server.wallet.get(server.local(url));
    await orderFrom(server, url);

    const samples = await metricsOf(server);

    const timed = (route: string) =>
      sampleValue(samples, 'boltgate_http_request_duration_seconds_count', { route });
    expect(timed('/lnurlp/:token')).toBe(1);
    expect(timed('/lnurlp/:token/callback{/:version{/:tag}}')).toBe(1);
  });

  it('of a strange method make one series', async () => {
    await using server = await start();

    for (const method of ['PROPFIND', 'M-SEARCH']) {
      await fetch(`${server.origin}/healthz`, { method });
    }

    const samples = await untilValue(server, 2, 'boltgate_http_requests_total', {
      method: 'other',
    });
    expect(samples.filter(({ labels }) => labels.method === 'other')).toHaveLength(1);
  });
});

describe('no label', () => {
  it('looks like an id, a token, a key or an address', async () => {
    await using server = await start();
    const { id, url } = await makeLink(server);
    const address = await makeAddress(server, { name: 'alice' });
    const voucher = await makeVoucher(server);
    const ordered = await orderFrom(server, url);
    await pay(server, ordered);
    await settled(server, ordered);
    await withdraw(server, voucher);
    await server.wallet.get(server.local(address.url));
    await server.wallet.get(server.local(ordered.verify));
    await server.wallet.get(`${server.local(url)}x`);
    await server.wallet.get('/lnurla?tag=login&k1=00');
    await server.operator.get(`/api/v1/pay-links/${id}`);
    await server.operator.get('/api/v1/events?after=nonsense');
    await server.wallet.get(`/api/v1/invoices?key=${ADMIN_KEY}`);

    const samples = await untilValue(server, 1, 'boltgate_claims_total', { outcome: 'paid' });

    const values = new Set(samples.flatMap(({ labels }) => Object.values(labels)));
    const odd = [...values].filter((value) => SECRETIVE.some((form) => form.test(value)));
    expect(odd).toEqual([]);
    const tokens = [url, voucher].map((one) => new URL(one).pathname.split('/').at(-1) ?? '');
    const known = [id, ADMIN_KEY, SERVER_SECRET, 'alice', ...tokens];
    expect([...values].filter((value) => known.some((word) => value.includes(word)))).toEqual([]);
  });
});

/** Ids and keys of ours, hex, base32, invoices, LNURLs, IP addresses, and addresses with an `@`. */
const SECRETIVE = [
  /(?:^|\/)[a-z]{2,4}_[a-z2-7]{8}/,
  /[0-9a-f]{16}/i,
  /[a-z2-7]{26}/,
  /ln(?:bc|tb|url1)/i,
  /\d+\.\d+\.\d+\.\d+|[0-9a-f]{0,4}:[0-9a-f]{1,4}:/i,
  /@/,
];

describe('/metrics is for whoever asks directly', () => {
  it.each([
    ['x-forwarded-for', '203.0.113.7'],
    ['x-forwarded-host', 'pay.example.org'],
    ['x-real-ip', '203.0.113.7'],
    ['forwarded', 'for=203.0.113.7'],
    ['via', '1.1 proxy'],
  ])('and not there for a request that a proxy brought: %s', async (name, value) => {
    await using server = await start();

    const { status, text } = await server.wallet.get('/metrics').set(name, value);

    expect([status, text]).toEqual([404, '{"status":"ERROR","reason":"Not found"}']);
  });

  it('and needs no key', async () => {
    await using server = await start();

    const { status, headers } = await server.wallet.get('/metrics');

    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  });
});
