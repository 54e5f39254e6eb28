import { describe, expect, it } from '@jest/globals';
import { channelsOf, customerKey, makeOffer, offerOf } from '../support/channel-wallet.ts';
import { start } from '../support/start.ts';
import { type StandIn, standIn, type Told } from './stand-in.ts';
import { terminal } from './terminal.ts';

const K1 = 'ab'.repeat(32);
const KEY = `02${'11'.repeat(32)}`;
const URI = `${KEY}@203.0.113.5:9735`;
const OFFER = {
  ...{ id: 'co_1', url: 'https://pay.example.org/lnurlc/abc', lnurl: 'LNURL1ABC' },
  ...{ lud17: 'lnurlc://pay.example.org/lnurlc/abc', capacitySat: 100_000, pushSat: 1_000 },
  ...{ private: 'wallet', uses: 5, usesLeft: 3, state: 'notYet', satPerVbyte: 4 },
  ...{ label: 'first customers', createdAt: '2026-11-25T09:30:00.000Z' },
};
const CHANNEL = {
  ...{ id: 'ch_1', linkId: 'co_1', state: 'failed', reason: 'reserve', nodeKey: KEY },
  ...{ capacitySat: 100_000, pushSat: 0, private: true, createdAt: OFFER.createdAt },
};

describe('channel-offer and channels', () => {
  it.each<[string, readonly string[], string, string, unknown]>([
    [
      ...['channel-offer create', ['--capacity', '100000sat']],
      ...['POST', '/api/v1/channel-offers', { capacitySat: 100_000 }],
    ] as [string, string[], string, string, unknown],
    [
      'channel-offer create',
      [
        ...['--capacity', '250000', '--push', '1000000msat', '--private', 'always'],
        ...['--fee-rate', '4', '--uses', '5', '--valid-from', '2026-12-24T00:00Z'],
        ...['--expires-at', '2026-12-31T00:00Z', '--label', 'first customers'],
      ],
      'POST',
      '/api/v1/channel-offers',
      {
        ...{ capacitySat: 250_000, pushSat: 1_000, private: 'always', satPerVbyte: 4, uses: 5 },
        ...{ validFrom: '2026-12-24T00:00:00.000Z', expiresAt: '2026-12-31T00:00:00.000Z' },
        label: 'first customers',
      },
    ],
    ['channel-offer list', ['--limit', '5'], 'GET', '/api/v1/channel-offers?limit=5', undefined],
    ['channel-offer show co_1', [], 'GET', '/api/v1/channel-offers/co_1', undefined],
    ['channel-offer disable co_1', [], 'PATCH', '/api/v1/channel-offers/co_1', { disabled: true }],
    ['channel-offer enable co_1', [], 'PATCH', '/api/v1/channel-offers/co_1', { disabled: false }],
    ['channel-offer delete co_1', [], 'DELETE', '/api/v1/channel-offers/co_1', undefined],
    [
      'channels',
      ['--state', 'opened', '--link', 'co_1', '--since', '2026-11-25T00:00Z'],
      'GET',
      '/api/v1/channels?state=opened&linkId=co_1&since=2026-11-25T00%3A00%3A00.000Z',
      undefined,
    ],
  ])('ask the API, for %s %j, by %s %s', async (command, options, method, target, body) => {
    await using api = await standIn(({ target }) => ({
      body: /s(?:\?|$)/.test(target) && method === 'GET' ? { items: [], next: null } : OFFER,
    }));

    const { code, err } = await at(api)(...command.split(' '), ...options);

    expect([code, err]).toEqual([0, '']);
    expect(api.asked.map((one) => [one.method, one.target, one.body])).toEqual([
      [method, target, body],
    ]);
  });

  it.each([
    ['channel-offer', 'create'],
    ['channel-offer', 'create', '--capacity', '1500msat'],
    ['channel-offer', 'create', '--capacity', 'much'],
    ['channel-offer', 'create', '--capacity', '100000', '--private', 'maybe'],
    ['channels', '--state', 'pending'],
  ])('are misused by %s %s %s %s', async (...args) => {
    const { code, out } = await terminal()(...args.filter((arg) => arg !== undefined));

    expect([code, out]).toEqual([2, '']);
  });

  it('show an offer with its code and its terms', async () => {
    await using api = await standIn(() => ({ body: OFFER }));

    const { out } = await at(api)('channel-offer', 'show', 'co_1');

    expect(out).toMatch(/█|▀|▄/);
    expect(out).toMatch(/^state +not yet open$/m);
    expect(out).toMatch(/^capacity +100000 sat$/m);
    expect(out).toMatch(/^given away +1000 sat$/m);
    expect(out).toMatch(/^private +as the wallet wishes$/m);
    expect(out).toMatch(/^fee rate +4 sat\/vbyte$/m);
    expect(out).toMatch(/^uses left +3 of 5$/m);
  });

  it('list channels with why there is none', async () => {
    await using api = await standIn(() => ({ body: { items: [CHANNEL], next: 'ch_1' } }));

    const { out } = await at(api)('channels');

    expect(out).toMatch(/^ID +STATE +CAPACITY +PRIVATE +CREATED +OFFER +NODE +CHANNEL$/m);
    expect(out).toMatch(/^ch_1 +failed \(reserve\) +100000 sat +yes +/m);
    expect(out).toContain('--after ch_1');
  });
});

describe('wallet channel, at a whole server', () => {
  it.each([
    ['lnurl', [], true],
    ['lud17', ['--public'], false],
    ['url', [], true],
  ] as const)('connects and gets a channel by its %s %j', async (form, options, isPrivate) => {
    await using service = await start();
    const offer = await makeOffer(service);
    const { uris } = await service.network.ours.info();

    const ran = await customerOf(service)('wallet', 'channel', offer[form], ...options);

    expect(ran.err).toBe('');
    expect(ran.out.split(/\s+/)).toEqual([
      ...['state', 'requested', 'from', uris[0], 'to', await customerKey(service), ''],
    ]);
    expect(await channelsOf(service)).toMatchObject([{ state: 'opened', private: isPrivate }]);
  });

  it('says that a channel is not wanted', async () => {
    await using service = await start();
    const offer = await makeOffer(service);

    const { code, out } = await customerOf(service)(
      ...['wallet', 'channel', offer.lnurl, '--cancel', '--json'],
    );

    expect([code, JSON.parse(out).state]).toEqual([0, 'cancelled']);
    expect(await offerOf(service, offer)).toMatchObject({ usesLeft: 0 });
    expect(service.network.channels).toEqual([]);
  });

  it('says what the server says against it', async () => {
    await using service = await start();
    const offer = await makeOffer(service);
    service.network.faults.nextChannel({ kind: 'fail', reason: 'not-synced' });

    const ran = await customerOf(service)('wallet', 'channel', offer.lnurl);

    expect(ran).toEqual({
      ...{ code: 1, out: '' },
      err: 'pay.example.org refuses: our node is not ready for channels at the moment, try again later\n',
    });
  });
});

describe('wallet channel, at a service that is not in order', () => {
  const request = ({ origin }: StandIn) => ({
    ...{ tag: 'channelRequest', uri: URI, callback: `${origin}/cb`, k1: K1 },
  });

  it('connects, then asks, when it is', async () => {
    await using service: StandIn = await lnurlService(request);

    const { code, err } = await askAt(service);

    expect([code, err]).toEqual([0, '']);
    expect(service.asked.map(({ target }) => target)).toEqual([
      ...['/lnurlc/abc', '/demo/wallet/connect', `/cb?k1=${K1}&remoteid=${KEY}&private=1`],
    ]);
    expect(service.asked[1]?.body).toEqual({ uri: URI });
  });

  it.each<[string, object, string]>([
    ['another tag', { tag: 'payRequest' }, 'tag'],
    ['no uri', { uri: '' }, 'uri'],
    ['a uri without a port', { uri: `${KEY}@203.0.113.5` }, 'uri'],
    ['a k1 in capitals', { k1: K1.toUpperCase() }, 'k1'],
    ['no callback', { callback: null }, 'callback'],
    ['a callback that no wallet follows', { callback: 'ftp://x.example/' }, 'callback'],
    ['a callback with a query (Q-15)', { callback: 'https://x.example/cb?a=b' }, 'callback'],
  ])('refuses %s, and does not connect', async (_, changes, where) => {
    await using service = await lnurlService((one) => ({ ...request(one), ...changes }));

    const { code, out, err } = await askAt(service);

    expect([code, out, err]).toEqual([1, '', expect.stringContaining(where)]);
    expect(service.asked).toHaveLength(1);
  });

  it.each<[string, Told]>([
    ['OK and more', { body: { status: 'OK', channel: 1 } }],
    ['nothing', { body: {} }],
  ])('does not take %s for a yes', async (_, told) => {
    await using service = await lnurlService(request, told);

    const { code, err } = await askAt(service);

    expect([code, err]).toEqual([1, expect.stringContaining('The answer to the request')]);
  });

  it('does not even ask behind a link that is for something else', async () => {
    const { code, err } = await terminal()('wallet', 'channel', 'lnurlp://example.org/lnurlp/abc');

    expect([code, err]).toEqual([1, 'This link is not to ask for a channel, but to be paid\n']);
  });
});

function at({ origin }: StandIn) {
  const env = { BOLTGATE_URL: origin, BOLTGATE_ADMIN_KEY: 'bg_0123456789abcdefghijklmnopqrstuv' };
  return terminal({ env });
}

/** A terminal whose network brings the public origin to the test's service. */
function customerOf(service: Awaited<ReturnType<typeof start>>) {
  return terminal({
    env: { BOLTGATE_URL: service.origin },
    fetch: async (url, options) =>
      await fetch(String(url).replace('https://pay.example.org', service.origin), options),
  });
}

/** A service with an offer, and a demo wallet, in one. */
async function lnurlService(
  offer: (service: StandIn) => object,
  answer: Told = { body: { status: 'OK' } },
): Promise<StandIn> {
  const service: StandIn = await standIn(({ target }) => {
    if (target === '/lnurlc/abc') return { body: offer(service) };
    if (target === '/demo/wallet/connect') return { body: { nodeKey: KEY } };
    return answer;
  });
  return service;
}

async function askAt({ origin }: StandIn) {
  const type = terminal({ env: { BOLTGATE_URL: origin } });
  return await type('wallet', 'channel', `${origin}/lnurlc/abc`);
}
