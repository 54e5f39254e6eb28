import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { FLOWS } from '../../src/lightning/lnd/rpcs.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { getInfo, OUR_KEY } from '../support/lnd-node.ts';
import { FakeLnd, LndStatus } from '../support/lnd-server.ts';
import { ADMIN_RIGHTS, craftMacaroon, leastRights } from '../support/macaroon.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { selfMadeCertificate } from '../support/wallet-certificate.ts';
import { type Asked, standIn, type Told } from './stand-in.ts';
import { terminal } from './terminal.ts';

const PUBLIC_URL = 'https://pay.example.org';
const LONG_MS = 400 * 86_400_000;
const RECEIVE = craftMacaroon({ rights: leastRights('receive'), rootKeyId: '4101' });
const PAY = craftMacaroon({ rights: leastRights('pay'), rootKeyId: '4102' });
const CHANNEL = craftMacaroon({ rights: leastRights('channel'), rootKeyId: '4103' });
const ADMIN = craftMacaroon({ rights: ADMIN_RIGHTS });

interface Changes {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly answer?: (asked: Asked) => Told;
  readonly certificateLifeMs?: number;
}

/** A machine on which all is well: a node, three macaroons, a server behind a proxy. */
async function world({ env: changes, answer = asServer, certificateLifeMs }: Changes = {}) {
  const certificate = selfMadeCertificate(['localhost'], certificateLifeMs ?? LONG_MS);
  const lnd = await FakeLnd.start({ certificate });
  lnd.answers('GetInfo', () => getInfo());
  lnd.answers('ChannelBalance', () => balance('21000', '42500'));
  const server = await standIn(answer);
  const folder = tempFolder();
  const dataDir = join(folder.path, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const env = {
    BOLTGATE_NODE: 'lnd',
    BOLTGATE_PUBLIC_URL: PUBLIC_URL,
    BOLTGATE_TRUST_PROXY: '1',
    BOLTGATE_LISTEN: server.origin.replace('http://', ''),
    BOLTGATE_DATA_DIR: dataDir,
    BOLTGATE_LND_HOST: lnd.host,
    BOLTGATE_LND_CERT: lnd.certificate.cert,
    BOLTGATE_LND_RECEIVE_MACAROON: RECEIVE,
    BOLTGATE_LND_PAY_MACAROON: PAY,
    BOLTGATE_LND_CHANNEL_MACAROON: CHANNEL,
    ...changes,
  };
  const proxied = async (url: unknown, init?: RequestInit): Promise<Response> =>
    await fetch(String(url).replace(PUBLIC_URL, server.origin), init);
  return {
    ...{ lnd, server, dataDir },
    run: async (...args: readonly string[]) =>
      await terminal({ env, clock: systemClock, fetch: proxied })('doctor', ...args),
    /** What was found, without what is said about it. */
    check: async (name: string) => {
      const run = terminal({ env, clock: systemClock, fetch: proxied });
      const { out } = await run('doctor', '--json');
      const { checks } = JSON.parse(out) as { checks: { check: string }[] };
      return checks.filter(({ check }) => check === name);
    },
    [Symbol.asyncDispose]: async () => {
      await lnd[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('boltgate doctor', () => {
  it('finds nothing to mend where all is well, and ends with 0', async () => {
    await using machine = await world();

    const { code, out, err } = await machine.run();

    const path = (name: string): string => join(machine.dataDir, name);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['RESULT', 'CHECK', 'FINDING'],
      ['ok', 'configuration', `lnd node, public address ${PUBLIC_URL}`],
      ['ok', 'data directory', machine.dataDir],
      ['ok', 'secret', `${path('secret')} is not there yet; the next start makes it`],
      ['ok', 'admin-key', `${path('admin-key')} is not there yet; the next start makes it`],
      ['ok', 'database', `${path('boltgate.db')} is not there yet; the first start makes it`],
      ['ok', 'node certificate', expect.stringMatching(/^for localhost; (399|400) days left$/)],
      ['ok', 'node', `alice at ${machine.lnd.host}, on regtest`],
      ['ok', 'node version', 'LND 0.21.2-beta'],
      ['ok', 'node chain', 'known to its newest block'],
      ['ok', 'channels to send', 'hold 21 sat'],
      ['ok', 'channels to receive', 'hold 42500 msat'],
      ['ok', 'receive macaroon', 'has the least rights, under root key 4101'],
      ['ok', 'pay macaroon', 'has the least rights, under root key 4102'],
      ['ok', 'channel macaroon', 'has the least rights, under root key 4103'],
      [
        ...['ok', 'node address'],
        `wallets that want a channel connect to ${OUR_KEY}@203.0.113.7:9735`,
      ],
      [
        ...['ok', 'clock'],
        expect.stringMatching(/^\d s from the one of the public address now; no invoice tells/),
      ],
      ['ok', 'public address', `${PUBLIC_URL} leads to this server`],
      ['ok', 'wallets', `are answered at ${PUBLIC_URL}`],
      [''],
    ]);
  });

  it('says the same to programs, and asks each macaroon of the node', async () => {
    await using machine = await world();

    const { code, out } = await machine.run('--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true });
    const carried = machine.lnd.heardOf('GetInfo').map(({ macaroon }) => macaroon);
    expect(carried.sort()).toEqual([RECEIVE, PAY, CHANNEL].sort());
  });

  it('lists every mistake of the configuration', async () => {
    await using machine = await world({
      env: { BOLTGATE_LISTEN: 'here', BOLTGATE_PUBLIK_URL: 'x', BOLTGATE_LND_PAY_MACAROON: 'x' },
    });

    const { code, out, err } = await machine.run();

    expect([code, err]).toEqual([1, '3 checks failed\n']);
    expect(out).toMatch(/fail +configuration +BOLTGATE_LND_PAY_MACAROON: is not hex/);
    expect(out).toMatch(/fail +configuration +BOLTGATE_LISTEN: "here" is not host:port/);
    expect(out).toMatch(/fail +configuration +BOLTGATE_PUBLIK_URL: there is no such setting/);
    expect(machine.lnd.heard).toEqual([]);
  });

  it('says of the demo node that it is one', async () => {
    const env = {
      ...{ BOLTGATE_NODE: undefined, BOLTGATE_LND_HOST: undefined, BOLTGATE_LND_CERT: undefined },
      ...{ BOLTGATE_LND_RECEIVE_MACAROON: undefined, BOLTGATE_LND_PAY_MACAROON: undefined },
      BOLTGATE_LND_CHANNEL_MACAROON: undefined,
    };
    await using machine = await world({ env });

    const { code, out } = await machine.run();

    expect(code).toBe(0);
    expect(out).toMatch(/ok +node +the demo node, a simulated network: no real money moves\n/);
  });

  it('ends in time when all is down', async () => {
    await using machine = await world();
    await machine.lnd.die();
    await machine.server[Symbol.asyncDispose]();
    const askedAt = performance.now();

    const { code, out, err } = await machine.run();

    expect([code, err]).toEqual([1, '1 check failed\n']);
    expect(out).toMatch(new RegExp(`fail +node +nobody listens at ${machine.lnd.host}\n`));
    expect(out).toMatch(/warn +public address +no server listens at .*; start it and ask again\n/);
    expect(performance.now() - askedAt).toBeLessThan(15_000);
  });
});

describe('doctor: the data', () => {
  it('warns of a secret that others may read, and misses one beside a database', async () => {
    await using machine = await world();
    const path = (name: string): string => join(machine.dataDir, name);
    const sql = await openSqlite(path('boltgate.db'));
    await migrate(sql, MIGRATIONS_FOLDER, systemClock);
    await sql.close();
    writeFileSync(path('admin-key'), 'x');
    chmodSync(path('admin-key'), 0o644);

    const [key, secret, database, version] = [
      await machine.check('admin-key'),
      await machine.check('secret'),
      await machine.check('database'),
      await machine.check('database version'),
    ];

    expect(key).toMatchObject([{ result: 'warn', advice: `chmod 600 ${path('admin-key')}` }]);
    expect(secret).toMatchObject([{ result: 'fail' }]);
    expect(database).toMatchObject([
      { result: 'ok', finding: expect.stringMatching(/KiB, whole/) },
    ]);
    expect(version).toMatchObject([{ result: 'ok' }]);
  });

  it('says that a database is of a newer version, or none at all', async () => {
    await using machine = await world();
    const path = join(machine.dataDir, 'boltgate.db');
    {
      await using sql = await openSqlite(path);
      await migrate(sql, MIGRATIONS_FOLDER, systemClock);
      await sql.query("insert into migrations values (99, '0099_later.sql', 'x', 1)");
    }
    const newer = await machine.check('database version');
    writeFileSync(path, 'no database'.repeat(1_000));
    const none = await machine.check('database');

    expect(newer).toMatchObject([{ result: 'fail', advice: 'run that version' }]);
    expect(none).toMatchObject([
      { result: 'fail', finding: `${path} cannot be read: The store is not a database` },
    ]);
  });
});

describe('doctor: the node', () => {
  it('says that its wallet is locked', async () => {
    await using machine = await world();
    machine.lnd.state = 'LOCKED';

    expect(await machine.check('node')).toMatchObject([
      { result: 'fail', finding: 'the wallet of LND is locked; unlock it' },
    ]);
  });

  it('says which certificate it wanted, and asks nothing then (FC-22)', async () => {
    await using machine = await world({
      env: { BOLTGATE_LND_CERT: selfMadeCertificate(['localhost']).cert },
    });

    const [certificate] = await machine.check('node certificate');

    expect(certificate).toMatchObject({
      result: 'fail',
      finding: expect.stringMatching(/another certificate than the one in BOLTGATE_LND_CERT/),
    });
    expect(machine.lnd.heard).toEqual([]);
  });

  it('warns of a certificate that ends soon', async () => {
    await using machine = await world({ certificateLifeMs: 10.5 * 86_400_000 });

    expect(await machine.check('node certificate')).toMatchObject([
      { result: 'warn', finding: 'for localhost; 10 days left' },
    ]);
  });

  it.each<[string, object, object]>([
    ['node chain', { synced_to_chain: false }, { result: 'fail' }],
    ['node version', { version: '0.16.4-beta' }, { result: 'fail' }],
    ['node version', { version: '0.20.1-beta' }, { result: 'warn' }],
    [
      'node address',
      { uris: [`${OUR_KEY}@10.0.0.5:9735`] },
      { result: 'ok', finding: expect.stringMatching(/no channel offer needs one$/) },
    ],
  ])('judges %s of %j', async (name, changes, expected) => {
    await using machine = await world();
    machine.lnd.answers('GetInfo', () => getInfo(changes));

    expect(await machine.check(name)).toMatchObject([expected]);
  });

  it('warns when there are channel offers and no address to connect to (FC-19)', async () => {
    await using machine = await world();
    machine.lnd.answers('GetInfo', () => getInfo({ uris: [] }));
    {
      await using sql = await openSqlite(join(machine.dataDir, 'boltgate.db'));
      await migrate(sql, MIGRATIONS_FOLDER, systemClock);
      await sql.query(
        `insert into channel_offers
           (id, token_hash, revision, capacity_sat, push_sat, private, uses, created_at)
         values ('co_1', 'x', 1, 20000, 0, 'never', 1, 1)`,
      );
    }

    expect(await machine.check('node address')).toMatchObject([
      { result: 'warn', advice: 'set BOLTGATE_LND_URI' },
    ]);
  });

  it('warns of channels that hold nothing', async () => {
    await using machine = await world();
    machine.lnd.answers('ChannelBalance', () => balance('0', '0'));

    const sides = [
      await machine.check('channels to send'),
      await machine.check('channels to receive'),
    ];

    expect(sides.flat()).toMatchObject([{ result: 'warn' }, { result: 'warn' }]);
  });
});

describe('doctor: the macaroons', () => {
  it.each<[string, string, object]>([
    [
      'an admin macaroon where a lesser one is enough',
      ADMIN,
      {
        result: 'warn',
        finding: expect.stringMatching(/^may do more than it is needed for: .* and \d+ more$/),
        advice: 'make ones with the least rights: boltgate macaroons --admin FILE',
      },
    ],
    [
      'one of another flow',
      RECEIVE,
      { result: 'fail', finding: expect.stringMatching(/^may not make the calls SendPaymentV2/) },
    ],
    ['something else', '0201ff', { result: 'fail', finding: 'is no macaroon of LND' }],
    [
      'one that has ended',
      craftMacaroon({ rights: leastRights('pay'), caveats: ['time-before 2020-01-01T00:00:00Z'] }),
      { result: 'fail', finding: 'has ended 2020-01-01T00:00:00.000Z' },
    ],
  ])('judges %s in place of the pay macaroon', async (_, macaroon, expected) => {
    await using machine = await world({ env: { BOLTGATE_LND_PAY_MACAROON: macaroon } });

    expect(await machine.check('pay macaroon')).toMatchObject([expected]);
  });

  it('holds one for everything against the rights of all', async () => {
    const all = craftMacaroon({ rights: leastRights(...FLOWS) });
    await using machine = await world({
      env: {
        BOLTGATE_LND_MACAROON: all,
        ...{ BOLTGATE_LND_RECEIVE_MACAROON: undefined, BOLTGATE_LND_PAY_MACAROON: undefined },
        BOLTGATE_LND_CHANNEL_MACAROON: undefined,
      },
    });

    expect(await machine.check('macaroon')).toMatchObject([{ result: 'ok' }]);
  });

  it('says which one the node refuses, and shows none (FC-21)', async () => {
    await using machine = await world();
    machine.lnd.answers('GetInfo', ({ macaroon }) => {
      if (macaroon === PAY) throw new LndStatus(2, 'verification failed: signature mismatch');
      return getInfo();
    });

    const { code, out } = await machine.run();

    expect(code).toBe(1);
    expect(out).toMatch(/fail +pay macaroon at the node +is refused: verification failed/);
    expect(out).not.toContain(PAY.slice(0, 40));
  });

  it('warns of one that everybody on the machine may read', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'pay.macaroon');
    writeFileSync(path, Buffer.from(PAY, 'hex'));
    const env = {
      BOLTGATE_LND_PAY_MACAROON: undefined,
      BOLTGATE_LND_PAY_MACAROON_FILE: path,
    };
    await using machine = await world({ env });

    const found = [];
    for (const mode of [0o640, 0o644]) {
      chmodSync(path, mode);
      found.push(await machine.check('pay macaroon file'));
    }

    expect(found).toMatchObject([[], [{ result: 'warn', advice: `chmod 600 ${path}` }]]);
  });

  it('says that the file of one cannot be read', async () => {
    await using machine = await world({
      env: {
        BOLTGATE_LND_PAY_MACAROON: undefined,
        BOLTGATE_LND_PAY_MACAROON_FILE: '/nonexistent/pay.macaroon',
      },
    });

    expect(await machine.check('pay macaroon')).toMatchObject([
      {
        result: 'fail',
        finding: 'the macaroon in /nonexistent/pay.macaroon cannot be read (ENOENT)',
      },
    ]);
  });
});

describe('doctor: the public address', () => {
  it('warns that nobody is trusted in front (FC-26)', async () => {
    await using machine = await world({ env: { BOLTGATE_TRUST_PROXY: '0' } });

    expect(await machine.check('proxies')).toMatchObject([
      { result: 'warn', advice: 'set BOLTGATE_TRUST_PROXY to how many there are' },
    ]);
  });

  it('warns of one that only this machine knows', async () => {
    await using machine = await world({ env: { BOLTGATE_PUBLIC_URL: 'http://localhost:1' } });

    expect(await machine.check('public name')).toMatchObject([{ result: 'warn' }]);
    expect(await machine.check('public address')).toMatchObject([
      { result: 'fail', finding: 'http://localhost:1 cannot be reached (no connection)' },
    ]);
  });

  it.each<[string, Told, RegExp]>([
    ['a page', { type: 'text/html', body: '<h1>' }, /is no LNURL \(HTTP 200\)$/],
    ['an error of a proxy', { status: 502 }, /is no LNURL \(HTTP 502\)$/],
    [
      'a redirect',
      { status: 301, headers: { location: '/' } },
      /redirects elsewhere \(HTTP 301\)$/,
    ],
    ['no CORS', { body: { status: 'ERROR', reason: 'x' } }, /^pages may not read/],
  ])('fails when wallets are given %s', async (_, told, finding) => {
    await using machine = await world({
      answer: (asked) => (asked.target === '/healthz' ? asServer(asked) : told),
    });

    expect(await machine.check('wallets')).toMatchObject([
      { result: 'fail', finding: expect.stringMatching(finding) },
    ]);
  });
});

function asServer({ target }: Asked): Told {
  if (target === '/healthz') return { body: { status: 'ok' } };
  const headers = { 'access-control-allow-origin': '*' };
  return { headers, body: { status: 'ERROR', reason: 'There is no such link' } };
}

function balance(local: string, remote: string): object {
  return { local_balance: { msat: local }, remote_balance: { msat: remote } };
}
