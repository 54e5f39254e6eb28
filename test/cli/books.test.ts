import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../support/seeded-random.ts';
import { ADMIN_KEY as SERVER_KEY, start } from '../support/start.ts';
import { type StandIn, standIn } from './stand-in.ts';
import { ADMIN_KEY, terminal } from './terminal.ts';

const AT = '2026-11-25T09:30:00.000Z';
const HASH = 'ab'.repeat(32);
const HELD = {
  ...{ id: 'wd_1', linkId: 'wl_1', state: 'held', reason: 'node-changed', amountMsat: 100_000 },
  ...{ feeCapMsat: 10_000, paymentHash: HASH, bolt11: 'lnbcrt1', sends: 1, createdAt: AT },
  evidence: {
    ...{ sendsStarted: 2, sendsClosed: 1, knownAt: AT, ambiguousAt: AT, invoiceExpiresAt: AT },
    node: { state: 'none' },
  },
};
const ACCOUNT = { id: 'ac_1', name: 'Alice', balanceMsat: -1500, floorMsat: -5000, createdAt: AT };
const TRANSFER = { id: 'tr_1', from: 'treasury', to: 'ac_1', amountMsat: 1_000_000 };
const REPORT = {
  ...{ agrees: true, payments: 2, invoices: 3, heldMsat: 4_567, differences: [] },
};

describe('what a command about the books asks of the API', () => {
  it.each<[string, readonly string[], string, string, unknown]>([
    ['withdrawals', [], 'GET', '/api/v1/withdrawals', undefined],
    [
      'withdrawals',
      ['--state', 'held', '--link', 'wl_1', '--since', '2026-11-25T00:00Z', '--limit', '9'],
      'GET',
      '/api/v1/withdrawals?state=held&linkId=wl_1&since=2026-11-25T00%3A00%3A00.000Z&limit=9',
      undefined,
    ],
    ['withdrawals show wd_1', [], 'GET', '/api/v1/withdrawals/wd_1', undefined],
    [
      'withdrawals resolve wd_1 --paid',
      [],
      'POST',
      '/api/v1/withdrawals/wd_1/resolve',
      { outcome: 'paid' },
    ],
    [
      'withdrawals resolve wd_1 --paid',
      ['--preimage', HASH, '--fee', '321msat', '--note', 'seen at the payee'],
      'POST',
      '/api/v1/withdrawals/wd_1/resolve',
      { outcome: 'paid', preimage: HASH, feeMsat: 321, note: 'seen at the payee' },
    ],
    [
      'withdrawals resolve wd_1 --failed',
      ['--note', 'old node'],
      'POST',
      '/api/v1/withdrawals/wd_1/resolve',
      { outcome: 'failed', note: 'old node' },
    ],
    ['account create Alice', [], 'POST', '/api/v1/accounts', { name: 'Alice' }],
    [
      'account create Bob',
      ['--credit', '5sat'],
      'POST',
      '/api/v1/accounts',
      { name: 'Bob', floorMsat: -5000 },
    ],
    [
      'account create Bob',
      ['--credit', '0'],
      'POST',
      '/api/v1/accounts',
      { name: 'Bob', floorMsat: 0 },
    ],
    ['account list', ['--limit', '5'], 'GET', '/api/v1/accounts?limit=5', undefined],
    ['account show treasury', [], 'GET', '/api/v1/accounts/treasury', undefined],
    [
      'account entries ac_1',
      ['--after', '7'],
      'GET',
      '/api/v1/accounts/ac_1/entries?after=7',
      undefined,
    ],
    [
      'transfer treasury ac_1 1000',
      ['--note', 'wages'],
      'POST',
      '/api/v1/transfers',
      { from: 'treasury', to: 'ac_1', amountMsat: 1_000_000, note: 'wages' },
    ],
    ['reconcile', [], 'POST', '/api/v1/reconcile', {}],
    ['account list', ['--json'], 'GET', '/api/v1/accounts', undefined],
    [
      'withdrawals resolve wd_1 --paid',
      ['--json'],
      'POST',
      '/api/v1/withdrawals/wd_1/resolve',
      { outcome: 'paid' },
    ],
  ])('is, for %s %j, %s %s', async (command, options, method, target, body) => {
    await using api = await standIn(({ target }) => ({ body: answerTo(target) }));

    const ran = await at(api)(...command.split(' '), ...options);

    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(api.asked.map((one) => [one.method, one.target, one.body])).toEqual([
      [method, target, body],
    ]);
  });
});

describe('what a command about the books prints', () => {
  it('is a table of claims', async () => {
    const paid = { ...HELD, state: 'paid', reason: undefined, feeMsat: 1_010, evidence: undefined };
    await using api = await standIn(() => ({ body: { items: [HELD, paid], next: 'wd_1' } }));

    const { out } = await at(api)('withdrawals');

    expect(cellsOf(out)).toEqual([
      ['ID', 'STATE', 'AMOUNT', 'FEE', 'CREATED', 'LINK'],
      ['wd_1', 'held (node-changed)', '100 sat', 'TIME', 'wl_1'],
      ['wd_1', 'paid', '100 sat', '1010 msat', 'TIME', 'wl_1'],
      ['There are more: --after wd_1'],
      [''],
    ]);
  });

  it.each(['show wd_1', 'resolve wd_1 --failed'])(
    'is, for withdrawals %s --json, what the server said',
    async (command) => {
      await using api = await standIn(() => ({ body: HELD }));

      const { out } = await at(api)('withdrawals', ...command.split(' '), '--json');

      expect(JSON.parse(out)).toEqual(HELD);
    },
  );

  it.each([
    [{ state: 'paid', feeMsat: 1_010 }, 'paid, for a fee of 1010 msat'],
    [{ state: 'failed', reason: 'timeout' }, 'failed (timeout)'],
    [{ state: 'unknown' }, 'it is under way'],
    [{ state: 'none' }, 'it has no record of it'],
    [{ state: 'unreachable' }, 'nothing, it cannot be reached'],
  ])('is the evidence of a held claim, with a node that says %j', async (node, word) => {
    const body = { ...HELD, evidence: { ...HELD.evidence, node } };
    await using api = await standIn(() => ({ body }));

    const { out } = await at(api)('withdrawals', 'show', 'wd_1');

    expect(cellsOf(out)).toEqual([
      ['id', 'wd_1'],
      ['state', 'held (node-changed)'],
      ['amount', '100 sat'],
      ['fee cap', '10 sat'],
      ['link', 'wl_1'],
      ['payment hash', HASH],
      ['created', 'TIME'],
      ['sends', '2 begun, 1 ended by the node'],
      ['known since', 'TIME'],
      ['unsure since', 'TIME'],
      ['invoice ends', 'TIME'],
      ['node says', word],
      [''],
    ]);
  });

  it('is a table of accounts', async () => {
    const items = [ACCOUNT, { ...ACCOUNT, id: 'treasury', balanceMsat: 0, floorMsat: undefined }];
    await using api = await standIn(() => ({ body: { items, next: null } }));

    const { out } = await at(api)('account', 'list');

    expect(cellsOf(out)).toEqual([
      ['ID', 'BALANCE', 'FLOOR', 'NAME'],
      ['ac_1', '-1500 msat', '-5 sat', 'Alice'],
      ['treasury', '0 sat', 'none', 'Alice'],
      [''],
    ]);
  });

  it('is a table of the lines of an account', async () => {
    const line = {
      ...{ seq: 2, transferId: 'tr_1', kind: 'operator', reference: 'tr_1', note: 'a\x1b[31mb' },
      ...{ amountMsat: -1000, balanceMsat: 500, createdAt: AT },
    };
    await using api = await standIn(() => ({ body: { items: [line], next: '2' } }));

    const { out } = await at(api)('account', 'entries', 'ac_1');

    expect(cellsOf(out)).toEqual([
      ['NO', 'WHEN', 'CHANGE', 'BALANCE', 'KIND', 'FOR', 'NOTE'],
      [' 2', 'TIME', '-1 sat', '500 msat', 'operator', 'tr_1', 'a [31mb'],
      ['There are more: --after 2'],
      [''],
    ]);
  });

  it('is what was moved', async () => {
    await using api = await standIn(() => ({ status: 201, body: TRANSFER }));

    const ran = await at(api)('transfer', 'treasury', 'ac_1', '1000sat');

    expect(ran.out).toBe('1000 sat moved from treasury to ac_1: tr_1\n');
  });

  it('is one line when ledger and node agree', async () => {
    await using api = await standIn(() => ({ body: { state: 'agrees', report: REPORT } }));

    expect(await at(api)('reconcile')).toEqual({
      code: 0,
      out: 'ledger and node agree: 2 payments, 3 invoices, 4567 msat\n',
      err: '',
    });
  });

  it('is a list with exit code 1 when they differ', async () => {
    await using api = await standIn(() => ({ body: DIFFERING }));

    const { code, out, err } = await at(api)('reconcile');

    expect([code, err]).toEqual([1, 'ledger and node differ: 5 differences, no money leaves\n']);
    expect(cellsOf(out)).toEqual([
      ['DIFFERENCE', 'ID', 'FOUND', 'EXPECTED'],
      ['payment-fee', 'wd_1', '1010 msat', '1 sat'],
      ['invoice-not-booked', 'inv_1', 'nothing', '21 sat'],
      [''],
    ]);
  });

  it('is, with --json, the report, with exit code 1 when they differ', async () => {
    await using api = await standIn(() => ({ body: DIFFERING }));

    const { code, out, err } = await at(api)('reconcile', '--json');

    expect([code, JSON.parse(out), err]).toEqual([1, DIFFERING, '']);
  });
});

const DIFFERING = {
  state: 'differs',
  report: {
    ...REPORT,
    agrees: false,
    differences: [
      { kind: 'payment-fee', id: 'wd_1', foundMsat: 1_010, expectedMsat: 1_000 },
      { kind: 'invoice-not-booked', id: 'inv_1', expectedMsat: 21_000 },
    ],
    more: 3,
  },
};

describe('a command about the books that makes no sense', () => {
  it.each<[string, readonly string[]]>([
    ['--paid or --failed', ['withdrawals', 'resolve', 'wd_1']],
    ['cannot be used with option', ['withdrawals', 'resolve', 'wd_1', '--paid', '--failed']],
    [
      'cannot be used with option',
      ['withdrawals', 'resolve', 'wd_1', '--failed', '--preimage', HASH],
    ],
    ['cannot be used with option', ['withdrawals', 'resolve', 'wd_1', '--failed', '--fee', '1']],
    ["missing required argument 'id'", ['withdrawals', 'resolve', '--paid']],
    ['Allowed choices are', ['withdrawals', '--state', 'open']],
    ["unknown command 'frobnicate'", ['account', 'frobnicate']],
    ["missing required argument 'amount'", ['transfer', 'treasury', 'ac_1']],
    ['An amount is a whole number', ['transfer', 'treasury', 'ac_1', '1.5sat']],
  ])('is told so: %s', async (message, args) => {
    await using api = await standIn(() => ({ body: {} }));

    const { code, out, err } = await at(api)(...args);

    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(api.asked).toEqual([]);
  });
});

it('the commands and a server understand each other', async () => {
  await using server = await start();
  const env = { BOLTGATE_URL: server.origin, BOLTGATE_ADMIN_KEY: SERVER_KEY };
  const type = terminal({ env, random: seededRandom('books') });
  const made = await type('account', 'create', 'Alice', '--json');
  const { id } = JSON.parse(made.out);

  const moved = await type('transfer', 'treasury', id, '21sat');
  const shown = await type('account', 'show', id);
  const lines = await type('account', 'entries', id);
  const listed = await type('account', 'list');
  const claims = await type('withdrawals', '--state', 'held');
  const agrees = await type('reconcile');
  const nobody = await type('withdrawals', 'resolve', 'wd_nobody', '--failed');

  for (const { code, err } of [moved, shown, lines, listed, claims]) {
    expect([code, err]).toEqual([0, '']);
  }
  expect(shown.out).toContain('21 sat');
  expect(agrees.out).toBe('ledger and node agree: 0 payments, 0 invoices, 0 msat\n');
  expect([nobody.code, nobody.err]).toEqual([
    1,
    'Not found: There is no withdrawal with this id\n',
  ]);
});

function answerTo(target: string): object {
  if (target.endsWith('/reconcile')) return { state: 'agrees', report: REPORT };
  if (target.endsWith('/transfers')) return TRANSFER;
  if (/\/(?:withdrawals|accounts|entries)(?:\?|$)/.test(target)) {
    return { items: [], next: null, ...ACCOUNT };
  }
  return target.includes('/withdrawals/') ? HELD : ACCOUNT;
}

function cellsOf(out: string): string[][] {
  const lines = out.replace(/\d{4}-\d\d-\d\dT\S+/g, 'TIME').split('\n');
  return lines.map((line) => line.split(/ {2,}/));
}

function at({ origin }: StandIn) {
  return terminal({ env: { BOLTGATE_URL: origin, BOLTGATE_ADMIN_KEY: ADMIN_KEY } });
}
