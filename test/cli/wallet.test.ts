import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/clock.ts';
import { descriptionHashOf, type Preimage, paymentHashOf, sha256Hex } from '../../src/hex.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11/decode.ts';
import { encodeBolt11 } from '../../src/lightning/bolt11/encode.ts';
import { signerOf } from '../../src/lightning/bolt11/signature.ts';
import { verifyLogin } from '../../src/lnurl/auth/signature.ts';
import { msat } from '../../src/msat.ts';
import { PUBLIC_URL, start } from '../support/start.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type Asked, type StandIn, standIn, type Told } from './stand-in.ts';
import { terminal } from './terminal.ts';

const COFFEE = { description: 'Coffee ☕', minMsat: 1000, maxMsat: 100_000_000 };

describe('wallet pay, at a whole server', () => {
  it('pays a link, checks the proof and shows what the payee says', async () => {
    await using service = await start();
    const link = await service.operator.post('/api/v1/pay-links').send({
      ...COFFEE,
      commentAllowed: 20,
      successAction: { tag: 'url', description: 'Your order', url: `${PUBLIC_URL}/order/1` },
    });

    const ran = await customerOf(service)(
      'wallet',
      'pay',
      link.body.lnurl,
      '21',
      '--comment',
      'Hi',
    );

    const { body } = await service.operator.get('/api/v1/invoices');
    expect(ran.err).toBe('');
    expect(valuesOf(ran.out)).toEqual({
      paid: '21 sat',
      for: 'Coffee ☕',
      fee: '1002 msat',
      preimage: expect.stringMatching(/^[0-9a-f]{64}$/),
      says: `Your order: ${PUBLIC_URL}/order/1`,
    });
    expect(body.items).toEqual([
      expect.objectContaining({
        state: 'settled',
        receivedMsat: 21_000,
        comment: 'Hi',
        paymentHash: paymentHashOf(valuesOf(ran.out).preimage as Preimage),
      }),
    ]);
  });

  it.each([['lnurl'], ['lud17'], ['url']])('pays the %s of a link', async (form) => {
    await using service = await start();
    const link = await service.operator.post('/api/v1/pay-links').send(COFFEE);

    const args = ['pay', link.body[form], '1500msat', '--json'];
    const { code, out } = await customerOf(service)('wallet', ...args);

    expect([code, JSON.parse(out)]).toEqual([
      0,
      {
        state: 'paid',
        amountMsat: 1500,
        feeMsat: 1000,
        bolt11: expect.stringMatching(/^lnbcrt/),
        preimage: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('pays a lightning address, with a tag and in capitals', async () => {
    await using service = await start();
    await service.operator.post('/api/v1/addresses').send({ ...COFFEE, name: 'alice' });

    const ran = await customerOf(service)('wallet', 'pay', 'Alice+Shop@pay.example.org', '1sat');

    expect([ran.err, valuesOf(ran.out).to]).toEqual(['', 'alice@pay.example.org']);
  });

  it('says what the server says against it', async () => {
    await using service = await start();
    const link = await service.operator.post('/api/v1/pay-links').send(COFFEE);
    const path = `/api/v1/pay-links/${link.body.id}`;
    await service.operator.patch(path).send({ disabled: true });

    const ran = await customerOf(service)('wallet', 'pay', link.body.lnurl, '1');

    expect(ran).toEqual({
      code: 1,
      out: '',
      err: 'pay.example.org refuses: This payment link is switched off.\n',
    });
  });

  it('does not take silence for a failure', async () => {
    await using service = await start();
    const link = await service.operator.post('/api/v1/pay-links').send(COFFEE);
    service.network.faults.nextPayment({ kind: 'hang' });
    const late = {
      now: () => service.clock.now(),
      sleep: async (durationMs: number) => service.clock.advance(durationMs),
    };

    const ran = await customerOf(service, late)('wallet', 'pay', link.body.lnurl, '1');

    expect(ran).toEqual({
      code: 1,
      out: '',
      err: 'It is not known whether the payment arrived: do not pay again before you know\n',
    });
  });

  it('shows a balance, and an invoice of its own', async () => {
    await using service = await start();
    const type = customerOf(service);

    const balance = await type('wallet', 'balance');
    const invoice = await type('wallet', 'invoice', '21000msat', '--description', 'Change');

    expect(valuesOf(balance.out)).toEqual({
      'can send': '1000000000 sat',
      'can receive': '1000000000 sat',
    });
    const { amount, descriptionHash } = decodeBolt11(invoice.out);
    expect([amount, descriptionHash]).toEqual([21_000n, descriptionHashOf('Change')]);
  });

  it('logs in with the same key again, and with another elsewhere', async () => {
    using folder = tempFolder();
    await using service = await start();
    await using elsewhere = await start({
      env: { BOLTGATE_AUTH_URL: 'https://login.example.org' },
    });
    const keys: string[] = [];
    for (const site of [service, service, elsewhere]) {
      const login = await site.operator.post('/api/v1/logins').send({ action: 'login' });

      const ran = await customerOf(site, undefined, folder.path)(
        'wallet',
        'login',
        login.body.lnurl,
      );

      const { body } = await site.operator.get(`/api/v1/logins/${login.body.id}`);
      const { host } = new URL(login.body.url);
      expect(ran).toEqual({
        code: 0,
        out: `Logging in to ${host}\nDone, as ${body.linkingKey}\n`,
        err: '',
      });
      keys.push(body.linkingKey);
    }

    expect([keys[0] === keys[1], keys[0] === keys[2]]).toEqual([true, false]);
  });
});

const PREIMAGE = '07'.repeat(32) as Preimage;
const METADATA = '[["text/plain","Coffee"]]';

/** How a service that stands in misbehaves, by the call. */
interface Misdeeds {
  readonly info?: (service: StandIn) => Told;
  readonly callback?: (service: StandIn, bolt11: string) => Told;
  readonly verify?: (bolt11: string) => Told;
  readonly pay?: Told;
}

describe('wallet pay, at a service that is not in order', () => {
  it('pays when it is', async () => {
    await using service = await lnurlService({});

    const { code, err } = await payAt(service);

    expect([code, err]).toEqual([0, '']);
    expect(service.asked.map(({ target }) => target)).toEqual([
      '/lnurlp/abc',
      '/cb?id=1&amount=1000',
      '/demo/wallet/pay',
      '/verify/1',
    ]);
  });

  it.each<[string, Misdeeds, string]>([
    [
      'HTTP 404',
      { info: () => ({ status: 404, body: {} }) },
      'answers HTTP 404, where wallets want 200',
    ],
    [
      'a redirect',
      { info: () => ({ status: 301, headers: { location: '/elsewhere' } }) },
      'answers HTTP 301, where wallets want 200',
    ],
    [
      'a page',
      { info: () => ({ type: 'text/html', body: '<p>' }) },
      'answers something other than application/json',
    ],
    ['no JSON', { info: () => ({ body: 'null' }) }, 'answers no JSON object'],
    ['a list', { info: () => ({ body: [] }) }, 'answers no JSON object'],
    ['without end', { info: () => ({ body: `"${'x'.repeat(600_000)}"` }) }, 'answers without end'],
    [
      'a fraction',
      {
        info: (service) => ({ body: JSON.stringify(info(service)).replace(':1000,', ':1000.0,') }),
      },
      'writes a number with a point or an exponent',
    ],
    [
      'an error',
      { info: () => ({ body: { status: 'ERROR', reason: 'closed\x1b[2J today' } }) },
      'refuses: closed [2J today',
    ],
    [
      'an error without a reason',
      { info: () => ({ body: { status: 'ERROR' } }) },
      'refuses without a reason',
    ],
    [
      'an error in small letters',
      { info: () => ({ body: { status: 'error', reason: 'x' } }) },
      'The pay request is not as wallets want it: tag',
    ],
    [
      'an error instead of the invoice',
      { callback: () => ({ body: { status: 'ERROR', reason: 'no liquidity' } }) },
      'refuses: no liquidity',
    ],
    [
      'an invoice over more',
      { callback: () => ({ body: { pr: invoiceOver(2000n), routes: [] } }) },
      'The invoice is not the one that was asked for: it is over 2 sat',
    ],
    [
      'a null for what it does not have',
      { callback: (_service, pr) => ({ body: { pr, routes: [], successAction: null } }) },
      'The answer with the invoice is not as wallets want it: successAction',
    ],
    [
      'another preimage',
      { pay: { body: { state: 'paid', preimage: '08'.repeat(32), feeMsat: 0 } } },
      'The preimage does not prove this payment',
    ],
    [
      'a payment that failed',
      { pay: { body: { state: 'failed', reason: 'no-route' } } },
      'The payment failed: no route',
    ],
    [
      'no demo wallet',
      { pay: { status: 404, body: { status: 'ERROR', reason: 'Not found' } } },
      'has no demo wallet: only one with BOLTGATE_NODE=demo brings it',
    ],
    [
      'a proof of something else',
      {
        verify: (pr) => ({ body: { status: 'OK', settled: true, preimage: '08'.repeat(32), pr } }),
      },
      'The preimage does not prove this payment',
    ],
    [
      'a proof of another invoice',
      {
        verify: () => ({
          body: { status: 'OK', settled: true, preimage: PREIMAGE, pr: 'lnbcrt1' },
        }),
      },
      'The answer to verify is about another invoice',
    ],
    [
      'a preimage before it is settled',
      { verify: (pr) => ({ body: { status: 'OK', settled: false, preimage: PREIMAGE, pr } }) },
      'The answer to verify is not as wallets want it: preimage',
    ],
    [
      'no confirmation',
      { verify: (pr) => ({ body: { status: 'OK', settled: false, preimage: null, pr } }) },
      'The payment was made, but the payee does not confirm it',
    ],
  ])('refuses %s', async (_what, misdeeds, message) => {
    await using service = await lnurlService(misdeeds);

    const { code, out, err } = await payAt(service);

    expect([code, out, err.trimEnd()]).toEqual([1, '', expect.stringContaining(message)]);
    const isPaid = service.asked.some(({ target }) => target === '/demo/wallet/pay');
    expect(isPaid).toBe('pay' in misdeeds || 'verify' in misdeeds);
  });

  it.each([
    ['no link', 'This is no lnurl, LUD-17 link or lightning address, or a character is wrong'],
    ['http://example.org/lnurlp/abc', 'This is no lnurl, LUD-17 link or lightning address'],
    ['lnurlw://example.org/lnurlw/abc', 'This link is not to be paid, but to be paid out'],
    ['https://example.org/a?tag=login', 'This link is not to be paid, but to log in'],
    ['https://example.org/a?tag=what', 'This link is not to be paid'],
    ['http://192.168.1.2/lnurlp/abc', 'Wallets follow https alone, and http only for .onion'],
  ])('does not even ask for %s', async (link, message) => {
    const { code, err } = await terminal()('wallet', 'pay', link, '1');

    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
  });
});

describe('wallet login, at a service that is not in order', () => {
  const K1 = sha256Hex('k1');

  it('signs k1 itself and keeps the query as it was', async () => {
    using folder = tempFolder();
    await using site = await standIn(() => ({ body: { status: 'OK' } }));

    const ran = await loginAt(site, folder.path, `tag=login&k1=${K1}&action=link&x=a%20b`);

    const [asked] = site.asked;
    const query = new URLSearchParams(asked?.target.split('?')[1]);
    const [k1, signature = '', linkingKey = ''] = ['k1', 'sig', 'key'].map((name) =>
      query.get(name),
    );
    expect(asked?.target).toMatch(/^\/login\?tag=login&k1=[0-9a-f]{64}&action=link&x=a%20b&sig=/);
    expect(
      verifyLogin({ k1: k1 as never, signature: signature ?? '', linkingKey: linkingKey ?? '' }),
    ).toBe('valid');
    expect(ran).toEqual({
      code: 0,
      out: `Linking this wallet to the account at 127.0.0.1\nDone, as ${linkingKey}\n`,
      err: '',
    });
  });

  it.each<[string, Told, string]>([
    ['a refusal', { body: { status: 'ERROR', reason: 'expired' } }, 'refuses: expired'],
    [
      'OK and more',
      { body: { status: 'OK', event: 'LOGGEDIN' } },
      'The answer to the login is not as wallets want it',
    ],
    [
      'ok in small letters',
      { body: { status: 'ok' } },
      'The answer to the login is not as wallets want it: status',
    ],
    ['nothing', { body: {} }, 'The answer to the login is not as wallets want it: status'],
  ])('is not done with %s', async (_what, told, message) => {
    using folder = tempFolder();
    await using site = await standIn(() => told);

    const { code, err } = await loginAt(site, folder.path, `tag=login&k1=${K1}`);

    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
  });
});

type Service = Awaited<ReturnType<typeof start>>;

/** A terminal whose network brings the public origins to the test's service. */
function customerOf(service: Service, clock = turning(service), dataHome = '/nonexistent') {
  const origins = /^https:\/\/(?:pay|login)\.example\.org/;
  return terminal({
    env: { BOLTGATE_URL: service.origin, XDG_DATA_HOME: dataHome },
    fetch: async (url, options) =>
      await fetch(String(url).replace(origins, service.origin), options),
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

/** A payee and a demo wallet in one, with a misdeed or without. */
async function lnurlService({ info: told, callback, verify, pay }: Misdeeds): Promise<StandIn> {
  const bolt11 = invoiceOver(1000n);
  const service: StandIn = await standIn(({ target }: Asked) => {
    const verifyUrl = `${service.origin}/verify/1`;
    if (target === '/lnurlp/abc') return told?.(service) ?? { body: info(service) };
    if (target === '/demo/wallet/pay') {
      return pay ?? { body: { state: 'paid', preimage: PREIMAGE, feeMsat: 0 } };
    }
    if (target === '/verify/1') {
      const settled = { status: 'OK', settled: true, preimage: PREIMAGE, pr: bolt11 };
      return verify?.(bolt11) ?? { body: settled };
    }
    return callback?.(service, bolt11) ?? { body: { pr: bolt11, routes: [], verify: verifyUrl } };
  });
  return service;
}

function info({ origin }: StandIn): object {
  return {
    tag: 'payRequest',
    callback: `${origin}/cb?id=1`,
    minSendable: 1000,
    maxSendable: 2000,
    metadata: METADATA,
  };
}

function invoiceOver(amount: bigint): string {
  const draft = {
    network: 'bcrt',
    amount: msat(amount),
    paymentHash: paymentHashOf(PREIMAGE),
    paymentSecret: '11'.repeat(32),
    purpose: { descriptionHash: descriptionHashOf(METADATA) },
    createdAt: Date.now(),
    expirySeconds: 3600,
    minFinalCltvDelta: 80,
    features: [8, 14],
  } as const;
  return encodeBolt11(draft, signerOf(Buffer.alloc(32, 3)));
}

async function payAt({ origin }: StandIn) {
  let passedMs = 0;
  const clock = {
    now: () => Date.now() + passedMs,
    sleep: async (durationMs: number) => {
      passedMs += durationMs;
    },
  };
  const type = terminal({ env: { BOLTGATE_URL: origin }, clock });
  return await type('wallet', 'pay', `${origin}/lnurlp/abc`, '1');
}

async function loginAt({ origin }: StandIn, dataHome: string, query: string) {
  const type = terminal({ env: { XDG_DATA_HOME: dataHome } });
  return await type('wallet', 'login', `${origin}/login?${query}`);
}
