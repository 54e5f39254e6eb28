import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/clock.ts';
import { descriptionHashOf, type Preimage, paymentHashOf } from '../../src/hex.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11/decode.ts';
import { encodeBolt11 } from '../../src/lightning/bolt11/encode.ts';
import { signerOf } from '../../src/lightning/bolt11/signature.ts';
import { msat } from '../../src/msat.ts';
import { start } from '../support/start.ts';
import { type StandIn, standIn, type Told } from './stand-in.ts';
import { terminal } from './terminal.ts';

const GIFT = { description: 'A gift ☕', minMsat: 1_000, maxMsat: 21_000 };

describe('wallet withdraw, at a whole server', () => {
  it('takes all there is, and waits for the money', async () => {
    await using service = await start();
    const link = (await service.operator.post('/api/v1/withdraw-links').send(GIFT)).body;

    const ran = await customerOf(service)('wallet', 'withdraw', link.lnurl);

    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(valuesOf(ran.out)).toEqual({
      received: '21 sat',
      from: 'pay.example.org',
      for: 'A gift ☕',
      'payment hash': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const { body } = await service.operator.get('/api/v1/withdrawals');
    expect(body.items).toEqual([
      expect.objectContaining({
        linkId: link.id,
        amountMsat: 21_000,
        paymentHash: valuesOf(ran.out)['payment hash'],
      }),
    ]);
  });

  it.each(['lnurl', 'lud17', 'url', 'lud08'])('takes what it is told by the %s', async (form) => {
    await using service = await start();
    const link = (await service.operator.post('/api/v1/withdraw-links').send(GIFT)).body;

    const args = ['withdraw', link[form], '5000msat', '--json'];
    const { code, out } = await customerOf(service)('wallet', ...args);

    const result = JSON.parse(out);
    const { amount, descriptionHash, paymentHash } = decodeBolt11(result.bolt11);
    expect([code, result]).toEqual([
      0,
      { state: 'received', amountMsat: 5_000, bolt11: result.bolt11, paymentHash },
    ]);
    expect([amount, descriptionHash]).toEqual([5_000n, descriptionHashOf('A gift ☕')]);
  });

  it('shows where a voucher is topped up (LUD-19), and does without a description', async () => {
    await using service = await start();
    const coffee = { description: 'Top up', minMsat: 1_000, maxMsat: 1_000_000 };
    const payLink = (await service.operator.post('/api/v1/pay-links').send(coffee)).body;
    const link = await service.operator
      .post('/api/v1/withdraw-links')
      .send({ ...GIFT, description: '', payLinkId: payLink.id });

    const { out, err } = await customerOf(service)('wallet', 'withdraw', link.body.lnurl);

    expect(err).toBe('');
    expect(valuesOf(out)).toEqual({
      received: '21 sat',
      from: 'pay.example.org',
      'payment hash': expect.any(String),
      'top up by': payLink.lud17,
    });
  });

  it('says what the server says against it, the second time', async () => {
    await using service = await start();
    const link = (await service.operator.post('/api/v1/withdraw-links').send(GIFT)).body;
    const type = customerOf(service);
    await type('wallet', 'withdraw', link.lnurl);

    const ran = await type('wallet', 'withdraw', link.lnurl);

    const { code, err } = ran;
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^pay\.example\.org refuses: (Withdraw is spent\.|This withdraw is )/),
    ]);
  });

  it('asks for no other amount than the link gives', async () => {
    await using service = await start();
    const link = (await service.operator.post('/api/v1/withdraw-links').send(GIFT)).body;

    const ran = await customerOf(service)('wallet', 'withdraw', link.lnurl, '22sat');

    expect(ran).toEqual({
      code: 1,
      out: '',
      err: 'The link gives 1 sat to 21 sat, not 22 sat\n',
    });
  });

  it('does not take an accepted claim for money', async () => {
    await using service = await start();
    const link = (await service.operator.post('/api/v1/withdraw-links').send(GIFT)).body;
    service.network.faults.nextPayment({ kind: 'hang' });
    const late = {
      now: () => service.clock.now(),
      sleep: async (durationMs: number) => service.clock.advance(durationMs),
    };

    const ran = await customerOf(service, late)('wallet', 'withdraw', link.lnurl);

    expect(ran).toEqual({
      code: 1,
      out: '',
      err: 'The claim was accepted, but no money came within 30 seconds: it may still come\n',
    });
  });
});

const K1 = 'ab'.repeat(32);
const OK: Told = { body: { status: 'OK' } };

/** How a service that stands in misbehaves: in its offer, and in its answer to the claim. */
interface Misdeeds {
  readonly info?: (service: StandIn) => object;
  readonly claim?: Told;
}

describe('wallet withdraw, at a service that is not in order', () => {
  it('is paid when it is, and keeps the query of the callback', async () => {
    await using service = await lnurlService({});

    const { code, err } = await withdrawAt(service);

    expect([code, err]).toEqual([0, '']);
    expect(service.asked.map(({ target }) => target.replace(/pr=lnbcrt\w+/, 'pr=…'))).toEqual([
      '/lnurlw/abc',
      '/demo/wallet/invoices',
      `/cb?id=1&k1=${K1}&pr=…`,
      `/demo/wallet/invoices/${PAYMENT_HASH}`,
    ]);
  });

  it.each<[string, (offer: Offer) => object, string]>([
    ['another tag', (offer) => ({ ...offer, tag: 'payRequest' }), 'tag'],
    ['an unknown member', (offer) => ({ ...offer, pinLimit: 1 }), 'pinLimit'],
    ['a short k1', (offer) => ({ ...offer, k1: 'abc' }), 'k1: is not 32 bytes of hex'],
    ['a k1 in capitals', (offer) => ({ ...offer, k1: K1.toUpperCase() }), 'k1'],
    ['no description', ({ defaultDescription, ...offer }) => offer, 'defaultDescription'],
    [
      'an endless description',
      (offer) => ({ ...offer, defaultDescription: 'x'.repeat(640) }),
      'defaultDescription: is too long for an invoice',
    ],
    ['an amount as text', (offer) => ({ ...offer, minWithdrawable: '1000' }), 'minWithdrawable'],
    ['a debt', (offer) => ({ ...offer, minWithdrawable: -1000 }), 'minWithdrawable'],
    [
      'bounds the wrong way round',
      (offer) => ({ ...offer, minWithdrawable: 22_000 }),
      'a minimum above its maximum',
    ],
    [
      'parts of a satoshi',
      (offer) => ({ ...offer, minWithdrawable: 1_500 }),
      'bounds that are not whole satoshi',
    ],
    [
      'less than a satoshi',
      (offer) => ({ ...offer, minWithdrawable: 0 }),
      'bounds that are not whole satoshi',
    ],
    [
      'nothing',
      (offer) => ({ ...offer, minWithdrawable: 0, maxWithdrawable: 0 }),
      'There is nothing to withdraw at the moment',
    ],
    [
      'a callback elsewhere',
      (offer) => ({ ...offer, callback: 'https://evil.test/cb' }),
      'The callback leads away from 127.0.0.1',
    ],
    [
      'a callback that no wallet follows',
      (offer) => ({ ...offer, callback: 'http://10.0.0.1/cb' }),
      'callback: is no URL that wallets follow',
    ],
    ['a pay link of another kind', (offer) => ({ ...offer, payLink: 'LNURL1ABC' }), 'payLink'],
    ['a pay link that is null', (offer) => ({ ...offer, payLink: null }), 'payLink'],
  ])('does not claim from an offer with %s', async (_what, spoil, message) => {
    await using service = await lnurlService({ info: (at) => spoil(offerOf(at)) });

    const { code, out, err } = await withdrawAt(service);

    expect([code, out, err]).toEqual([1, '', expect.stringContaining(message)]);
    expect(service.asked.map(({ target }) => target)).toEqual(['/lnurlw/abc']);
  });

  it.each<[string, Told, string]>([
    ['OK and more', { body: { status: 'OK', event: 'PAID' } }, 'The answer to the claim'],
    ['ok in small letters', { body: { status: 'ok' } }, 'The answer to the claim'],
    ['OK with a reason', { body: { status: 'OK', reason: '' } }, 'The answer to the claim'],
    ['nothing', { body: {} }, 'The answer to the claim'],
    ['a refusal', { body: { status: 'ERROR', reason: 'no route' } }, 'refuses: no route'],
    ['HTTP 500', { status: 500, body: { status: 'OK' } }, 'answers HTTP 500'],
  ])('is not content with %s', async (_what, claim, message) => {
    await using service = await lnurlService({ claim });

    const { code, out, err } = await withdrawAt(service);

    expect([code, out, err]).toEqual([1, '', expect.stringContaining(message)]);
  });

  it.each([
    ['no link', 'This is no lnurl, LUD-17 link or lightning address'],
    ['lnurlp://example.org/lnurlp/abc', 'This link is not to be paid out, but to be paid'],
    ['https://example.org/a?tag=login', 'This link is not to be paid out, but to log in'],
  ])('does not even ask for %s', async (link, message) => {
    const { code, err } = await terminal()('wallet', 'withdraw', link);

    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
  });

  it.each([['withdraw'], ['withdraw', 'lnurlw://example.org/a', 'much']])(
    'is misused by %s %s %s',
    async (...args) => {
      const { code } = await terminal()('wallet', ...args.filter((arg) => arg !== undefined));

      expect(code).toBe(2);
    },
  );
});

const PREIMAGE = '07'.repeat(32) as Preimage;
const PAYMENT_HASH = paymentHashOf(PREIMAGE);

interface Offer {
  readonly tag: string;
  readonly callback: string;
  readonly k1: string;
  readonly defaultDescription: string;
  readonly minWithdrawable: number;
  readonly maxWithdrawable: number;
}

function offerOf({ origin }: StandIn): Offer {
  return {
    tag: 'withdrawRequest',
    callback: `${origin}/cb?id=1`,
    k1: K1,
    defaultDescription: 'A gift',
    minWithdrawable: 1_000,
    maxWithdrawable: 21_000,
  };
}

/** A service and a demo wallet in one, both of which stand in. */
async function lnurlService({ info = offerOf, claim = OK }: Misdeeds): Promise<StandIn> {
  const bolt11 = invoiceOver(21_000n);
  const service: StandIn = await standIn(({ target }): Told => {
    if (target === '/demo/wallet/invoices') return { body: { bolt11 } };
    if (target.startsWith('/demo/')) return { body: { state: 'settled', receivedMsat: 21_000 } };
    return target.startsWith('/cb') ? claim : { body: info(service) };
  });
  return service;
}

function invoiceOver(amount: bigint): string {
  const draft = {
    network: 'bcrt',
    amount: msat(amount),
    paymentHash: PAYMENT_HASH,
    paymentSecret: '11'.repeat(32),
    purpose: { descriptionHash: descriptionHashOf('A gift') },
    createdAt: Date.now(),
    expirySeconds: 3600,
    minFinalCltvDelta: 80,
    features: [8, 14],
  } as const;
  return encodeBolt11(draft, signerOf(Buffer.alloc(32, 3)));
}

async function withdrawAt({ origin }: StandIn) {
  const type = terminal({ env: { BOLTGATE_URL: origin } });
  return await type('wallet', 'withdraw', `${origin}/lnurlw/abc`);
}

type Service = Awaited<ReturnType<typeof start>>;

/** A terminal whose network brings the public origin to the test's service. */
function customerOf(service: Service, clock = turning(service)) {
  return terminal({
    env: { BOLTGATE_URL: service.origin },
    fetch: async (url, options) =>
      await fetch(String(url).replace('https://pay.example.org', service.origin), options),
    clock,
  });
}

/** The service's time, in which a wait is a turn of the event loop. */
function turning({ clock }: Service): Clock {
  return { now: () => clock.now(), sleep: async () => void (await nextTurn()) };
}

function valuesOf(out: string): Readonly<Record<string, string>> {
  const lines = out.trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/ {2,}/, 2)));
}
