import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../support/seeded-random.ts';
import { ADMIN_KEY as SERVER_KEY, start } from '../support/start.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type StandIn, standIn } from './stand-in.ts';
import { ADMIN_KEY, terminal } from './terminal.ts';

const AT = '2026-11-25T09:30:00.000Z';
const TERMS = {
  ...{ description: 'A gift', minMsat: 21_000, maxMsat: 21_000, funded: false },
  ...{ accountId: 'treasury', createdAt: AT },
};
const LINK = {
  ...TERMS,
  ...{ id: 'wl_1', url: 'https://pay.example.org/lnurlw/abc', lnurl: 'LNURL1ABC' },
  ...{ lud17: 'lnurlw://pay.example.org/lnurlw/abc', uses: 5, usesLeft: 3, usesPaid: 1 },
  ...{ takenMsat: 42_000, state: 'notYet', worstCaseMsat: 155_000, uncoveredMsat: 5_000 },
};
const BATCH = {
  ...TERMS,
  ...{ id: 'wb_1', count: 100, worstCaseMsat: 3_100_000, uncoveredMsat: 0, label: 'meetup' },
  states: { open: 90, notYet: 0, claimed: 1, spent: 9, expired: 0, disabled: 0 },
};
const ALL_OPTIONS = [
  ...['--min', '1sat', '--max', '21000msat', '--wait', '30', '--day', '5000', '--total', '50000'],
  ...['--fee-max', '999msat', '--funded', '--pay-link', 'pl_1', '--account', 'ac_1'],
  ...['--valid-from', '2026-12-24T00:00Z', '--expires-at', '2026-12-31T00:00Z'],
  ...['--label', 'till 3', '--description', ''],
];
const ALL_MEMBERS = {
  ...{ description: '', minMsat: 1_000, maxMsat: 21_000, waitSeconds: 30, dayMsat: 5_000_000 },
  ...{ totalMsat: 50_000_000, feeMaxMsat: 999, funded: true, payLinkId: 'pl_1' },
  ...{ accountId: 'ac_1', label: 'till 3', validFrom: '2026-12-24T00:00:00.000Z' },
  expiresAt: '2026-12-31T00:00:00.000Z',
};
const GIFT = ['--amount', '21', '--description', 'A gift'];
const GIFT_BODY = { description: 'A gift', minMsat: 21_000, maxMsat: 21_000 };

describe('what a command about withdraw links asks of the API', () => {
  it.each<[string, readonly string[], string, string, unknown]>([
    ['withdraw-link create', GIFT, 'POST', '/withdraw-links', GIFT_BODY],
    [
      'withdraw-link create --uses 5',
      ALL_OPTIONS,
      'POST',
      '/withdraw-links',
      { ...ALL_MEMBERS, uses: 5 },
    ],
    [
      'withdraw-link list --limit 5 --after wl_0',
      [],
      'GET',
      '/withdraw-links?limit=5&after=wl_0',
      undefined,
    ],
    ['withdraw-link show wl_1', [], 'GET', '/withdraw-links/wl_1', undefined],
    ['withdraw-link show ../x', [], 'GET', '/withdraw-links/..%2Fx', undefined],
    ['withdraw-link disable wl_1', [], 'PATCH', '/withdraw-links/wl_1', { disabled: true }],
    ['withdraw-link enable wl_1', [], 'PATCH', '/withdraw-links/wl_1', { disabled: false }],
    ['withdraw-link delete wl_1', [], 'DELETE', '/withdraw-links/wl_1', undefined],
    ['batch create --count 100', GIFT, 'POST', '/withdraw-batches', { ...GIFT_BODY, count: 100 }],
    [
      'batch create --count 100',
      ALL_OPTIONS,
      'POST',
      '/withdraw-batches',
      { ...ALL_MEMBERS, count: 100 },
    ],
    ['batch list --limit 5', [], 'GET', '/withdraw-batches?limit=5', undefined],
    ['batch show wb_1', [], 'GET', '/withdraw-batches/wb_1', undefined],
    ['batch disable wb_1', [], 'PATCH', '/withdraw-batches/wb_1', { disabled: true }],
    ['batch enable wb_1', [], 'PATCH', '/withdraw-batches/wb_1', { disabled: false }],
    [
      'batch vouchers wb_1 --limit 5 --after wl_1',
      [],
      'GET',
      '/withdraw-batches/wb_1/vouchers?limit=5&after=wl_1',
      undefined,
    ],
    ['batch vouchers wb_1 --csv -', [], 'GET', '/withdraw-batches/wb_1/vouchers', undefined],
    ['batch print wb_1 --json', [], 'POST', '/withdraw-batches/wb_1/print-tickets', {}],
  ])('%s %j', async (command, options, method, path, body) => {
    await using api = await standIn(({ method: asked, target }) => {
      if (asked === 'GET' && /(?:s|vouchers)(?:\?|$)/.test(target)) {
        return { body: { items: [], next: null } };
      }
      return { body: target.includes('batch') ? BATCH : LINK };
    });

    const { code, err } = await at(api)(...command.split(' '), ...options);

    expect([code, err]).toEqual([0, '']);
    expect(api.asked.map((one) => [one.method, one.target, one.body])).toEqual([
      [method, `/api/v1${path}`, body],
    ]);
    const [asked] = api.asked;
    expect(asked?.headers.authorization).toBe(`Bearer ${ADMIN_KEY}`);
    expect(asked?.headers['idempotency-key'] !== undefined).toBe(method === 'POST');
    expect(asked?.headers.accept).toBe(command.includes('--csv') ? 'text/csv' : 'application/json');
  });

  it.each([
    ['withdraw-link', 'create', '--description', 'x'],
    ['withdraw-link', 'create', '--description', 'x', '--min', '1'],
    ['withdraw-link', 'create', '--description', 'x', '--max', '1'],
    ['withdraw-link', 'create', '--description', 'x', '--amount', '1', '--max', '2'],
    ['withdraw-link', 'create', '--description', 'x', '--amount', 'much'],
    ['withdraw-link', 'create', '--amount', '1'],
    ['withdraw-link', 'create', ...GIFT, '--uses', 'many'],
    ['withdraw-link', 'create', ...GIFT, '--count', '5'],
    ['withdraw-link', 'show'],
    ['batch', 'create', ...GIFT],
    ['batch', 'create', ...GIFT, '--count', '0.5'],
    ['batch', 'create', ...GIFT, '--count', '5', '--uses', '2'],
    ['batch', 'vouchers'],
    ['batch', 'disable'],
    ['batch', 'vouchers', 'wb_1', '--csv'],
    ['batch', 'vouchers', 'wb_1', '--csv', '-', '--json'],
    ['batch', 'vouchers', 'wb_1', '--csv', '-', '--limit', '5'],
    ['batch'],
  ])('is nothing when it is misused: %s %s %s %s %s', async (...args) => {
    await using api = await standIn(() => ({ body: LINK }));

    const { code, out } = await at(api)(...args.filter((arg) => arg !== undefined));

    expect([code, out, api.asked]).toEqual([2, '', []]);
  });
});

describe('what a command about withdraw links shows', () => {
  it('is the code of a link, its terms and what it may cost (FC-15)', async () => {
    await using api = await standIn(() => ({ body: LINK }));

    const { out } = await at(api)('withdraw-link', 'create', ...GIFT, '--uses', '5');

    expect(out.startsWith('\x1b[38;5;16;48;5;231m')).toBe(true);
    expect(valuesOf(out)).toMatchObject({
      url: LINK.url,
      lnurl: LINK.lnurl,
      lud17: LINK.lud17,
      id: 'wl_1',
      state: 'not yet open',
      'uses left': '3 of 5',
      amount: '21 sat',
      description: 'A gift',
      account: 'treasury',
      'at worst': '155 sat',
      'not covered': '5 sat',
    });
  });

  it('is one line a link, whose text commands no terminal', async () => {
    const items = [{ ...LINK, maxMsat: 42_000, description: 'A\x1b[2J gift' }];
    await using api = await standIn(() => ({ body: { items, next: 'wl_1' } }));

    const { out } = await at(api)('withdraw-link', 'list');

    const [head, line, more] = out.split('\n');
    expect(head?.split(/ {2,}/)).toEqual([
      ...['ID', 'STATE', 'AMOUNT', 'USES LEFT', 'CREATED', 'DESCRIPTION', 'LABEL'],
    ]);
    expect(line).toMatch(
      /^wl_1 {2}not yet open {2}21 sat to 42 sat {5}3 of 5 {2}\S+ {2}A \[2J gift$/,
    );
    expect(more).toBe('There are more: --after wl_1');
  });

  it('is a batch with what became of its vouchers', async () => {
    await using api = await standIn(() => ({ body: BATCH }));

    const { out } = await at(api)('batch', 'show', 'wb_1');

    expect(valuesOf(out)).toMatchObject({
      id: 'wb_1',
      vouchers: '100',
      amount: '21 sat',
      label: 'meetup',
      'at worst': '3100 sat',
      open: '90',
      claimed: '1',
      spent: '9',
    });
    expect(out).not.toMatch(/expired|not yet open|not covered|funded/);
  });

  it('is what the server says against it', async () => {
    const errors = [{ pointer: '/funded', detail: 'the account lacks 5 msat' }];
    const problem = { title: 'Balance is too low', detail: 'The account does not cover this' };
    await using api = await standIn(() => ({ status: 409, body: { ...problem, errors } }));

    const ran = await at(api)('batch', 'create', '--count', '5', ...GIFT, '--funded');

    expect(ran).toEqual({
      code: 1,
      out: '',
      err: 'Balance is too low: The account does not cover this (funded: the account lacks 5 msat)\n',
    });
  });
});

describe('at a whole server', () => {
  it('a link is made, shown, switched off and on, and deleted', async () => {
    await using service = await start();
    const type = operatorOf(service.origin);

    const made = JSON.parse((await type('withdraw-link', 'create', ...GIFT, '--json')).out);
    const shown = valuesOf((await type('withdraw-link', 'show', made.id)).out);
    const off = await type('withdraw-link', 'disable', made.id);
    const listed = (await type('withdraw-link', 'list')).out;
    const on = await type('withdraw-link', 'enable', made.id);
    const gone = await type('withdraw-link', 'delete', made.id);

    expect(shown).toMatchObject({ id: made.id, state: 'open', lnurl: made.lnurl });
    expect([off.out, on.out]).toEqual([`${made.id} is disabled.\n`, `${made.id} is enabled.\n`]);
    expect(listed).toMatch(new RegExp(`^${made.id} {2}disabled`, 'm'));
    expect([gone.code, gone.out]).toEqual([0, `${made.id} is deleted.\n`]);
    expect((await type('withdraw-link', 'show', made.id)).code).toBe(1);
  });

  it('a batch is made and listed, and its vouchers are shown by their ids', async () => {
    await using service = await start();
    const type = operatorOf(service.origin);

    const made = await type('batch', 'create', '--count', '3', ...GIFT, '--label', 'meetup');
    const { id = '' } = valuesOf(made.out);
    const listed = await type('batch', 'list');
    const vouchers = await type('batch', 'vouchers', id);

    const [, line = ''] = vouchers.out.split('\n');
    const shown = await type('withdraw-link', 'show', line.split(' ')[0] ?? '');
    expect(valuesOf(made.out)).toMatchObject({ vouchers: '3', 'at worst': '93 sat' });
    expect(listed.out).toMatch(new RegExp(`^${id} +3 +21 sat +93 sat .* A gift +meetup$`, 'm'));
    expect(vouchers.out.trimEnd().split('\n')).toHaveLength(4);
    expect(valuesOf(shown.out)).toMatchObject({ batch: id, 'uses left': '1 of 1' });
  });

  it('a batch is switched off as a whole, and on again', async () => {
    await using service = await start();
    const type = operatorOf(service.origin);
    const made = JSON.parse((await type('batch', 'create', '--count', '3', ...GIFT, '--json')).out);

    const off = await type('batch', 'disable', made.id);
    const shown = valuesOf((await type('batch', 'show', made.id)).out);
    const again = JSON.parse((await type('batch', 'disable', made.id, '--json')).out);
    const on = await type('batch', 'enable', made.id);
    const unknown = await type('batch', 'disable', 'wb_none');

    expect([off.out, on.out]).toEqual([`${made.id} is disabled.\n`, `${made.id} is enabled.\n`]);
    expect([shown.disabled, shown.open]).toEqual(['3', undefined]);
    expect(again).toMatchObject({ id: made.id, states: { open: 0, disabled: 3 } });
    expect([unknown.code, unknown.err]).toEqual([1, 'Not found: There is no batch with this id\n']);
  });

  it('vouchers are saved as CSV for their owner alone, and over nothing', async () => {
    await using service = await start();
    using folder = tempFolder();
    const type = operatorOf(service.origin);
    const made = JSON.parse(
      (await type('batch', 'create', '--count', '250', ...GIFT, '--json')).out,
    );
    const file = `${folder.path}/vouchers.csv`;

    const saved = await type('batch', 'vouchers', made.id, '--csv', file);
    const piped = await type('batch', 'vouchers', made.id, '--csv', '-');
    const again = await type('batch', 'vouchers', made.id, '--csv', file);
    const nowhere = await type('batch', 'vouchers', made.id, '--csv', `${folder.path}/no/file`);
    const unknown = await type('batch', 'vouchers', 'wb_none', '--csv', `${folder.path}/none`);

    const csv = readFileSync(file, 'utf8');
    expect([saved.code, saved.out]).toEqual([0, `250 vouchers are in ${file}.\n`]);
    expect(csv.trimEnd().split('\r\n')).toHaveLength(251);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(piped.out).toBe(csv);
    expect([again.code, again.err]).toEqual([1, `${file} is there already\n`]);
    expect([nowhere.code, nowhere.err]).toEqual([
      1,
      `${folder.path}/no/file cannot be written (ENOENT)\n`,
    ]);
    expect([unknown.code, unknown.err]).toEqual([1, 'Not found: There is no batch with this id\n']);
  });

  it('the URL of the sheet opens once, where the command found the server', async () => {
    await using service = await start();
    const type = operatorOf(service.origin);
    const made = JSON.parse((await type('batch', 'create', '--count', '3', ...GIFT, '--json')).out);

    const { code, out, err } = await type('batch', 'print', made.id);

    const first = await fetch(out.trim());
    const second = await fetch(out.trim());
    expect([code, out.startsWith(`${service.origin}/api/v1/`)]).toEqual([0, true]);
    expect(err).toBe(
      'Open it within a minute: it works once, and shows codes that are worth money.\n',
    );
    expect([first.status, second.status]).toEqual([200, 401]);
    expect((await first.text()).split('<article>')).toHaveLength(4);
  });
});

function at({ origin }: StandIn) {
  return terminal({ env: { BOLTGATE_URL: origin, BOLTGATE_ADMIN_KEY: ADMIN_KEY } });
}

/** Every POST has an Idempotency-Key of its own, which takes chance that goes on. */
function operatorOf(origin: string) {
  const env = { BOLTGATE_URL: origin, BOLTGATE_ADMIN_KEY: SERVER_KEY };
  return terminal({ env, random: seededRandom('an operator') });
}

function valuesOf(out: string): Readonly<Record<string, string>> {
  const lines = out
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('\x1b'));
  return Object.fromEntries(lines.map((line) => line.split(/ {2,}/, 2)));
}
