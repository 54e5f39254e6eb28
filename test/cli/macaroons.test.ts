import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { type Flow, rightsOf } from '../../src/lightning/lnd/rpcs.ts';
import { FakeLnd, LndStatus } from '../support/lnd-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { selfMadeCertificate } from '../support/wallet-certificate.ts';
import { terminal } from './terminal.ts';

const ADMIN = '0201ad';
const FILES = ['channel.macaroon', 'pay.macaroon', 'receive.macaroon'];

/** A stand-in for LND that makes a macaroon of a root key, and a machine beside it. */
async function world() {
  const lnd = await FakeLnd.start();
  lnd.answers('BakeMacaroon', ({ request }) => ({
    macaroon: `0201${Number(request.root_key_id).toString(16).padStart(8, '0')}`,
  }));
  const folder = tempFolder();
  const path = (name: string): string => join(folder.path, name);
  writeFileSync(path('admin'), Buffer.from(ADMIN, 'hex'));
  writeFileSync(path('tls.cert'), lnd.certificate.cert);
  const env = {
    BOLTGATE_LND_HOST: lnd.host,
    BOLTGATE_LND_CERT_FILE: path('tls.cert'),
    BOLTGATE_DATA_DIR: path('data'),
  };
  return {
    ...{ lnd, path, env },
    out: path('data'),
    type: async (...args: readonly string[]) =>
      await terminal({ env, clock: systemClock })('macaroons', '--admin', path('admin'), ...args),
    [Symbol.asyncDispose]: async () => {
      await lnd[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('boltgate macaroons', () => {
  it('lets LND make one for each flow, under a root key of its own, and no right more', async () => {
    await using machine = await world();

    const ran = await machine.type();

    const asked = (flow: Flow, id: number): object => ({
      permissions: rightsOf(flow).map((action) => ({ entity: 'uri', action })),
      root_key_id: String(id),
    });
    expect([ran.code, ran.err]).toEqual([0, '']);
    const calls = machine.lnd.heardOf('BakeMacaroon');
    expect(calls.map(({ request }) => request)).toEqual([
      asked('receive', 4101),
      asked('pay', 4102),
      asked('channel', 4103),
    ]);
    expect(calls.map(({ macaroon }) => macaroon)).toEqual([ADMIN, ADMIN, ADMIN]);
  });

  it('writes them for nobody else to read, and says what to tell the server', async () => {
    await using machine = await world();

    const { out } = await machine.type();

    const file = (flow: Flow): string => join(machine.out, `${flow}.macaroon`);
    expect(readdirSync(machine.out).sort()).toEqual(FILES);
    expect(readFileSync(file('pay')).toString('hex')).toBe('020100001006');
    expect(FILES.map((name) => statSync(join(machine.out, name)).mode & 0o777)).toEqual([
      0o600, 0o600, 0o600,
    ]);
    expect(out).toContain(
      `BOLTGATE_LND_RECEIVE_MACAROON_FILE=${file('receive')}\n` +
        `BOLTGATE_LND_PAY_MACAROON_FILE=${file('pay')}\n` +
        `BOLTGATE_LND_CHANNEL_MACAROON_FILE=${file('channel')}\n`,
    );
    expect(out).not.toContain(ADMIN);
  });

  it('makes fewer, elsewhere and under other keys, when it is told so', async () => {
    await using machine = await world();
    const folder = machine.path('elsewhere');

    const only = ['--only', 'pay, receive', '--out', folder, '--root-key-id', '70', '--json'];
    const { out } = await machine.type(...only);

    expect(JSON.parse(out)).toEqual({
      macaroons: [
        {
          flow: 'receive',
          path: join(folder, 'receive.macaroon'),
          rootKeyId: 70,
          setting: 'BOLTGATE_LND_RECEIVE_MACAROON_FILE',
          rights: rightsOf('receive'),
        },
        {
          flow: 'pay',
          path: join(folder, 'pay.macaroon'),
          rootKeyId: 71,
          setting: 'BOLTGATE_LND_PAY_MACAROON_FILE',
          rights: rightsOf('pay'),
        },
      ],
    });
    expect(readdirSync(folder).sort()).toEqual(['pay.macaroon', 'receive.macaroon']);
  });

  it('takes flags before the environment', async () => {
    await using machine = await world();
    const env = { BOLTGATE_LND_CONNECT: 'lndconnect://nowhere:1?macaroon=AgE', BOLTGATE_URL: 'x' };
    const flags = ['--host', machine.lnd.host, '--cert', machine.path('tls.cert')];

    const ran = await terminal({ env, clock: systemClock })(
      ...['macaroons', '--admin', machine.path('admin'), '--out', machine.out],
      ...[...flags, '--tls-name', 'localhost'],
    );

    expect([ran.code, ran.err]).toEqual([0, '']);
  });

  it('replaces no file, and makes none of the others then', async () => {
    await using machine = await world();
    await machine.type('--only', 'pay');
    const before = readFileSync(join(machine.out, 'pay.macaroon'));

    const ran = await machine.type('--root-key-id', '9');

    expect(ran).toEqual({
      code: 1,
      out: '',
      err: `${join(machine.out, 'pay.macaroon')} is there already: --force replaces it, --only leaves it out\n`,
    });
    expect(readdirSync(machine.out)).toEqual(['pay.macaroon']);
    expect(readFileSync(join(machine.out, 'pay.macaroon'))).toEqual(before);
    expect(machine.lnd.heardOf('BakeMacaroon')).toHaveLength(1);
  });

  it('replaces files when it is told to', async () => {
    await using machine = await world();
    await machine.type();
    chmodSync(join(machine.out, 'pay.macaroon'), 0o644);

    const ran = await machine.type('--force', '--root-key-id', '9');

    expect(ran.code).toBe(0);
    expect(readdirSync(machine.out).sort()).toEqual(FILES);
    expect(readFileSync(join(machine.out, 'pay.macaroon')).toString('hex')).toBe('02010000000a');
    expect(statSync(join(machine.out, 'pay.macaroon')).mode & 0o777).toBe(0o600);
  });

  it('writes nothing when LND makes the first and not the second', async () => {
    await using machine = await world();
    machine.lnd.answers('BakeMacaroon', ({ request }) => {
      if (request.root_key_id === '4101') return { macaroon: '0201' };
      throw new LndStatus(2, 'invalid permission action');
    });

    const ran = await machine.type();

    expect([ran.code, ran.err]).toEqual([
      1,
      'LND did not make the pay macaroon: invalid permission action\n',
    ]);
    expect(readdirSync(machine.out)).toEqual([]);
  });

  it('says that a macaroon may not make others', async () => {
    await using machine = await world();
    machine.lnd.answers('BakeMacaroon', () => {
      throw new LndStatus(2, 'permission denied');
    });

    const ran = await machine.type();

    expect([ran.code, ran.err]).toEqual([
      1,
      'LND does not let this macaroon make others, give one like admin.macaroon: permission denied\n',
    ]);
  });

  it('says that LND is locked, away, or somebody else', async () => {
    await using machine = await world();
    machine.lnd.state = 'LOCKED';
    const locked = await machine.type();
    writeFileSync(machine.path('tls.cert'), selfMadeCertificate(['localhost']).cert);
    const other = await machine.type();
    await machine.lnd.die();
    const away = await machine.type();

    expect([locked, other, away].map(({ code, err }) => [code, err])).toEqual([
      [1, 'LND cannot be asked: the wallet of LND is locked; unlock it\n'],
      [
        1,
        `LND cannot be asked: ${machine.lnd.host} shows another certificate than the one in BOLTGATE_LND_CERT; copy tls.cert again\n`,
      ],
      [1, `LND cannot be asked: nobody listens at ${machine.lnd.host}\n`],
    ]);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['no file of the admin', ['--admin', '/nonexistent/a'], 1, /^\/nonexistent\/a cannot be read/],
    ['a file of something else', ['--admin', '/etc/hostname'], 1, /holds no macaroon/],
    ['an unknown flow', ['--only', 'pay,spend'], 2, /^--only takes receive, pay and channel/],
    ["LND's own root key", ['--root-key-id', '0'], 2, /^--root-key-id 0 is the key of LND's own/],
    ['no number as root key', ['--root-key-id', 'x'], 2, /A whole number is wanted here/],
    ['no host and port', ['--host', 'lnd'], 2, /^BOLTGATE_LND_HOST: "lnd" is not host:port/],
  ])('refuses %s and asks nobody', async (_, args, code, words) => {
    await using machine = await world();

    const ran = await machine.type(...args);

    expect(ran.code).toBe(code);
    expect(ran.err).toMatch(words);
    expect(machine.lnd.heard).toEqual([]);
    expect(existsSync(join(machine.out, 'pay.macaroon'))).toBe(false);
  });

  it('wants to know what may make macaroons', async () => {
    const ran = await terminal()('macaroons');

    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/^error: required option '--admin <file>' not specified/);
  });
});
