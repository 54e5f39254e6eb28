import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { tempFolder } from '../support/temp-folder.ts';
import { type Asked, type StandIn, standIn, type Told } from './stand-in.ts';
import { ADMIN_KEY, terminal } from './terminal.ts';

const COFFEE = ['--min', '1sat', '--max', '100000sat', '--description', 'Coffee'] as const;
const LINK = {
  id: 'pl_1',
  url: 'https://pay.example.org/lnurlp/abc',
  lnurl: 'LNURL1ABC',
  lud17: 'lnurlp://pay.example.org/lnurlp/abc',
  qr: 'https://pay.example.org/lnurlp/abc/qr.svg',
  description: 'Coffee',
  minMsat: 1000,
  maxMsat: 100_000_000,
  createdAt: '2026-11-25T09:30:00.000Z',
};
const PROBLEM = {
  type: '/problems/invalid-request',
  title: 'Request is invalid',
  status: 400,
  detail: 'minMsat is more than maxMsat',
  instance: 'urn:request:req_1',
  code: 'invalid-request',
  errors: [{ pointer: '/minMsat', detail: 'must not be more than maxMsat' }],
};
const NOT_FOUND = {
  ...PROBLEM,
  title: 'Not found',
  status: 404,
  detail: 'There is no pay link with this id',
  errors: undefined,
};

describe('what a command asks of the API', () => {
  it.each<[string, readonly string[], string, string, unknown]>([
    [
      'pay-link create',
      COFFEE,
      'POST',
      '/api/v1/pay-links',
      { minMsat: 1000, maxMsat: 100_000_000, description: 'Coffee' },
    ],
    [
      'pay-link create',
      [
        ...['--min', '1000', '--max', '1500msat', '--description', 'Tea', '--comment', '140'],
        ...['--long-description', 'green', '--success-message', 'Thanks', '--one-time'],
        ...['--invoice-expiry', '600', '--label', 'till 1'],
        ...['--valid-from', '2026-12-24T00:00Z', '--expires-at', '2026-12-31T00:00+01:00'],
      ],
      'POST',
      '/api/v1/pay-links',
      {
        minMsat: 1_000_000,
        maxMsat: 1500,
        description: 'Tea',
        longDescription: 'green',
        commentAllowed: 140,
        successAction: { tag: 'message', message: 'Thanks' },
        oneTime: true,
        invoiceExpirySeconds: 600,
        validFrom: '2026-12-24T00:00:00.000Z',
        expiresAt: '2026-12-30T23:00:00.000Z',
        label: 'till 1',
      },
    ],
    [
      'address create alice',
      [
        ...COFFEE,
        ...['--domain', 'example.org', '--success-url', 'https://example.org/o'],
        ...['--success-description', 'Order'],
      ],
      'POST',
      '/api/v1/addresses',
      {
        name: 'alice',
        domain: 'example.org',
        minMsat: 1000,
        maxMsat: 100_000_000,
        description: 'Coffee',
        successAction: { tag: 'url', description: 'Order', url: 'https://example.org/o' },
      },
    ],
    ['pay-link list', [], 'GET', '/api/v1/pay-links', undefined],
    [
      'address list',
      ['--limit', '5', '--after', 'pl_7'],
      'GET',
      '/api/v1/addresses?limit=5&after=pl_7',
      undefined,
    ],
    ['pay-link show pl_1', [], 'GET', '/api/v1/pay-links/pl_1', undefined],
    ['address show ../keys', [], 'GET', '/api/v1/addresses/..%2Fkeys', undefined],
    ['pay-link disable pl_1', [], 'PATCH', '/api/v1/pay-links/pl_1', { disabled: true }],
    ['address enable pl_1', [], 'PATCH', '/api/v1/addresses/pl_1', { disabled: false }],
    ['pay-link delete pl_1', [], 'DELETE', '/api/v1/pay-links/pl_1', undefined],
    [
      'invoices',
      ['--state', 'settled', '--link', 'pl_1', '--since', '2026-11-25T00:00Z', '--limit', '9'],
      'GET',
      '/api/v1/invoices?state=settled&linkId=pl_1&since=2026-11-25T00%3A00%3A00.000Z&limit=9',
      undefined,
    ],
  ])('is, for %s %j, %s %s', async (command, options, method, target, body) => {
    await using api = await standIn(listOrLink);

    const ran = await at(api)(...command.split(' '), ...options);

    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(api.asked.map((one) => [one.method, one.target, one.body])).toEqual([
      [method, target, body],
    ]);
    expect(api.asked[0]?.headers.authorization).toBe(`Bearer ${ADMIN_KEY}`);
  });

  it('has an Idempotency-Key of its own for every POST', async () => {
    await using api = await standIn(listOrLink);
    const type = at(api);

    await type('pay-link', 'create', ...COFFEE);
    await type('pay-link', 'list');

    const keys = api.asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([expect.stringMatching(/^[a-z2-7]{26}$/), undefined]);
  });

  it('has a picture as its kind and base64', async () => {
    using folder = tempFolder();
    await using api = await standIn(listOrLink);
    const file = join(folder.path, 'cup.png');
    const png = Buffer.from('89504e470d0a1a0a00', 'hex');
    writeFileSync(file, png);

    await at(api)('pay-link', 'create', ...COFFEE, '--image', file);

    expect(api.asked[0]?.body).toEqual({
      minMsat: 1000,
      maxMsat: 100_000_000,
      description: 'Coffee',
      image: { kind: 'png', base64: png.toString('base64') },
    });
  });
});

describe('what a command prints', () => {
  it('is a table of links', async () => {
    const items = [
      LINK,
      { ...LINK, id: 'pl_22', maxMsat: 1000, disabledAt: LINK.createdAt, label: 'till\x1b[31m' },
    ];
    await using api = await standIn(() => ({ body: { items, next: 'pl_22' } }));

    const { out } = await at(api)('pay-link', 'list');

    const lines = out.replace(/\d{4}-\d\d-\d\dT\S+/g, 'TIME').split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['ID', 'STATE', 'AMOUNT', 'CREATED', 'DESCRIPTION', 'LABEL'],
      ['pl_1', 'open', '1 sat to 100000 sat', 'TIME', 'Coffee'],
      ['pl_22', 'disabled', '1 sat', 'TIME', 'Coffee', 'till [31m'],
      ['There are more: --after pl_22'],
      [''],
    ]);
  });

  it('is a table of invoices', async () => {
    const open = {
      id: 'inv_1',
      linkId: 'pl_1',
      state: 'open',
      amountMsat: 1500,
      surplus: false,
      createdAt: LINK.createdAt,
    };
    const surplus = {
      ...open,
      state: 'settled',
      amountMsat: 2000,
      receivedMsat: 3000,
      surplus: true,
      comment: 'for\nyou',
    };
    await using api = await standIn(() => ({ body: { items: [open, surplus], next: null } }));

    const { out } = await at(api)('invoices');

    const lines = out.replace(/\d{4}-\d\d-\d\dT\S+/g, 'TIME').split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['ID', 'STATE', 'AMOUNT', 'RECEIVED', 'CREATED', 'LINK', 'COMMENT'],
      ['inv_1', 'open', '1500 msat', 'TIME', 'pl_1'],
      ['inv_1', 'settled (surplus)', '2 sat', '3 sat', 'TIME', 'pl_1', 'for you'],
      [''],
    ]);
  });

  it.each([
    ['pay-link', 'create', ...COFFEE],
    ['pay-link', 'show', 'pl_1'],
  ])('is a code and the forms of a link, after %s %s', async (...args) => {
    await using api = await standIn(() => ({ body: LINK }));

    const { out } = await at(api)(...args);

    const [code = '', ...lines] = out.split('\nurl ');
    expect(code).toContain('▀');
    expect(`url ${lines.join('')}`.split('\n').slice(0, 4)).toEqual([
      `url          ${LINK.url}`,
      `lnurl        ${LINK.lnurl}`,
      `lud17        ${LINK.lud17}`,
      'id           pl_1',
    ]);
  });

  it('is, with --json, what the API said', async () => {
    await using api = await standIn(() => ({ body: { ...LINK, more: [1] } }));

    const { code, out, err } = await at(api)('pay-link', 'show', 'pl_1', '--json');

    expect([code, JSON.parse(out), err]).toEqual([0, { ...LINK, more: [1] }, '']);
  });

  it('is one sentence when the API refuses', async () => {
    await using api = await standIn(() => problem(PROBLEM));

    const ran = await at(api)('pay-link', 'create', ...COFFEE);

    expect(ran).toEqual({
      code: 1,
      out: '',
      err: 'Request is invalid: minMsat is more than maxMsat (minMsat: must not be more than maxMsat)\n',
    });
  });

  it('is, with --json, the problem when the API refuses', async () => {
    await using api = await standIn(() => problem(PROBLEM));

    const { code, out, err } = await at(api)('pay-link', 'create', ...COFFEE, '--json');

    expect([code, JSON.parse(out), err]).toEqual([1, PROBLEM, '']);
  });

  it.each([
    ['show', NOT_FOUND, 'Not found: There is no pay link with this id\n'],
    ['disable', NOT_FOUND, 'Not found: There is no pay link with this id\n'],
    ['enable', NOT_FOUND, 'Not found: There is no pay link with this id\n'],
    ['delete', NOT_FOUND, 'Not found: There is no pay link with this id\n'],
  ])('is why pay-link %s was refused', async (command, body, err) => {
    await using api = await standIn(() => problem(body));

    expect(await at(api)('pay-link', command, 'pl_9')).toEqual({ code: 1, out: '', err });
  });

  it.each<[string, Told]>([
    ['another web server', { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' }],
    ['a redirect', { status: 302, headers: { location: 'https://evil.example/' }, body: '' }],
  ])('says that %s is not this server', async (_what, told) => {
    await using api = await standIn(() => told);

    const ran = await at(api)('pay-link', 'list');

    const expected = `What answers at ${api.origin} is not this server: HTTP ${told.status}\n`;
    expect(ran).toEqual({ code: 1, out: '', err: expected });
    expect(api.asked.length).toBe(1);
  });

  it('says that an answer is of another version', async () => {
    await using api = await standIn(() => ({ body: { ...LINK, minMsat: '1000' } }));

    const { code, err } = await at(api)('pay-link', 'show', 'pl_1');

    expect([code, err]).toEqual([
      1,
      "The server's answer is not understood (minMsat): is it of another version?\n",
    ]);
  });
});

describe('a command that cannot do it', () => {
  it('says that no server is there', async () => {
    const api = await standIn(listOrLink);
    await api[Symbol.asyncDispose]();

    const ran = await at(api)('pay-link', 'list');

    expect(ran).toEqual({
      code: 1,
      out: '',
      err: `No server answers at ${api.origin} (ECONNREFUSED): start one with "boltgate serve", or set BOLTGATE_URL\n`,
    });
  });

  it('says that there is no key, and asks nobody', async () => {
    using folder = tempFolder();
    await using api = await standIn(listOrLink);
    const env = { BOLTGATE_URL: api.origin, BOLTGATE_DATA_DIR: folder.path };

    const { code, out, err } = await terminal({ env })('pay-link', 'list');

    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      `There is no admin key: ${join(folder.path, 'admin-key')} cannot be read (ENOENT); set BOLTGATE_ADMIN_KEY, or BOLTGATE_DATA_DIR to the server's data directory\n`,
    );
    expect(api.asked).toEqual([]);
  });

  it('finds the key that the server made for itself', async () => {
    using folder = tempFolder();
    await using api = await standIn(listOrLink);
    writeFileSync(join(folder.path, 'admin-key'), `${ADMIN_KEY}\n`);
    const env = { BOLTGATE_URL: api.origin, BOLTGATE_DATA_DIR: folder.path };

    const { code } = await terminal({ env })('pay-link', 'list');

    expect(code).toBe(0);
    expect(api.asked[0]?.headers.authorization).toBe(`Bearer ${ADMIN_KEY}`);
  });
});

describe('a command line that makes no sense', () => {
  const AMOUNT =
    'An amount is a whole number of satoshi, or has the unit behind it: 1000sat or 21000msat.';
  const MOMENT =
    'A moment is written like 2026-12-24, 2026-12-24T18:00 or 2026-12-24T18:00:00+01:00.';

  it.each<[string, readonly string[]]>([
    ["unknown command 'frobnicate'", ['frobnicate']],
    ["unknown command 'frobnicate'", ['pay-link', 'frobnicate']],
    ["unknown option '--frobnicate'", ['pay-link', 'list', '--frobnicate']],
    ["missing required argument 'id'", ['pay-link', 'show']],
    ["missing required argument 'name'", ['address', 'create', ...COFFEE]],
    ['too many arguments', ['pay-link', 'show', 'pl_1', 'pl_2']],
    ["required option '--min <amount>' not specified", ['pay-link', 'create']],
    [AMOUNT, ['pay-link', 'create', ...COFFEE, '--min', '1.5sat']],
    [AMOUNT, ['pay-link', 'create', ...COFFEE, '--min', '-1']],
    [AMOUNT, ['pay-link', 'create', ...COFFEE, '--max', '1btc']],
    [AMOUNT, ['wallet', 'pay', 'alice@example.org', '1.5']],
    [AMOUNT, ['wallet', 'invoice', '']],
    ['A whole number is wanted here.', ['pay-link', 'create', ...COFFEE, '--comment', 'yes']],
    [MOMENT, ['invoices', '--since', 'yesterday']],
    ['Allowed choices are', ['invoices', '--state', 'paid']],
    ['cannot be used with option', [...create('--success-message', 'a', '--success-url', 'b')]],
    ['belong together', [...create('--success-url', 'https://example.org/')]],
    ['belong together', [...create('--success-description', 'Order')]],
    ['cannot be read (ENOENT)', [...create('--image', '/nonexistent.png')]],
    ['image is no jpeg', [...create('--image', import.meta.filename)]],
  ])('is told so: %s', async (message, args) => {
    await using api = await standIn(listOrLink);

    const { code, out, err } = await at(api)(...args);

    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(api.asked).toEqual([]);
  });

  it.each([[[]], [['pay-link']], [['wallet']]])('is shown the help for %j', async (args) => {
    const { code, err } = await terminal()(...args);

    expect(code).toBe(2);
    expect(err).toContain('Usage: boltgate');
  });

  it('is told the version', async () => {
    const { code, out, err } = await terminal()('--version');

    expect([code, out, err]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/), '']);
  });

  it('is shown the help with code 0 when it was asked for', async () => {
    const { code, out, err } = await terminal()('pay-link', '--help');

    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('Usage: boltgate pay-link');
  });

  it('is told of a setting that is wrong', async () => {
    const env = { BOLTGATE_LISTEN: 'nowhere', BOLTGATE_ADMIN_KEY: ADMIN_KEY };

    expect(await terminal({ env })('pay-link', 'list')).toEqual({
      code: 2,
      out: '',
      err: 'BOLTGATE_LISTEN: "nowhere" is not host:port, such as 127.0.0.1:3000\n',
    });
  });
});

function create(...options: readonly string[]): readonly string[] {
  return ['pay-link', 'create', ...COFFEE, ...options];
}

function at({ origin }: StandIn) {
  return terminal({ env: { BOLTGATE_URL: origin, BOLTGATE_ADMIN_KEY: ADMIN_KEY } });
}

function listOrLink({ method, target }: Asked): Told {
  if (method === 'DELETE') return { status: 204 };
  if (method === 'POST') return { status: 201, body: LINK };
  const isOne = /\/(?:pay-links|addresses)\/[^/?]+$/.test(target);
  return { body: isOne ? LINK : { items: [], next: null } };
}

function problem(body: { readonly status: number }): Told {
  return { status: body.status, type: 'application/problem+json', body };
}
