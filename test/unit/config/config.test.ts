import { describe, expect, it } from '@jest/globals';
import { type Config, readConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/config-error.ts';
import type { Variables } from '../../../src/config/environment.ts';

const SECRET = `${'c0ffee'.repeat(10)}abcd`;
const ADMIN_KEY = 'bg_an-admin-key-of-at-least-32-characters';

const defaults: Config = {
  publicUrl: 'http://localhost:3000',
  authUrl: 'http://localhost:3000',
  confirmAuthHost: undefined,
  addressDomains: ['localhost'],
  listen: { host: '127.0.0.1', port: 3000 },
  trustedProxies: 0,
  dataDir: './data',
  database: { kind: 'sqlite', path: 'data/boltgate.db' },
  node: { kind: 'demo' },
  nodeHints: 'auto',
  paySelf: false,
  feeCap: { ppm: 10_000, min: 10_000n as Config['feeCap']['min'] },
  spendDay: undefined,
  logLevel: 'info',
};

describe('the configuration', () => {
  it('has a default for everything', () => {
    const { config, secrets } = read({});

    expect(config).toEqual(defaults);
    expect(secrets).toEqual({ serverSecret: undefined, adminKey: undefined });
  });

  it('takes every setting from the environment', () => {
    const { config } = read({
      BOLTGATE_PUBLIC_URL: 'https://Pay.Example.org/',
      BOLTGATE_AUTH_URL: 'https://login.example.org',
      BOLTGATE_CONFIRM_AUTH_HOST: 'Login.Example.org',
      BOLTGATE_ADDRESS_DOMAINS: 'example.org, example.com,example.org',
      BOLTGATE_LISTEN: '[::1]:0',
      BOLTGATE_TRUST_PROXY: '10',
      BOLTGATE_DATA_DIR: '/data',
      BOLTGATE_DATABASE_URL: 'sqlite:/var/lib/boltgate/ledger',
      BOLTGATE_NODE: 'demo',
      BOLTGATE_NODE_HINTS: 'never',
      BOLTGATE_PAY_SELF: '1',
      BOLTGATE_FEE_PPM: '0',
      BOLTGATE_FEE_MIN_MSAT: '2500',
      BOLTGATE_SPEND_DAY_MSAT: '2100000000000000000',
      BOLTGATE_LOG_LEVEL: 'debug',
    });

    expect(config).toEqual({
      publicUrl: 'https://pay.example.org',
      authUrl: 'https://login.example.org',
      confirmAuthHost: 'login.example.org',
      addressDomains: ['example.org', 'example.com'],
      listen: { host: '::1', port: 0 },
      trustedProxies: 10,
      dataDir: '/data',
      database: { kind: 'sqlite', path: '/var/lib/boltgate/ledger' },
      node: { kind: 'demo' },
      nodeHints: 'never',
      paySelf: true,
      feeCap: { ppm: 0, min: 2500n },
      spendDay: 2_100_000_000_000_000_000n,
      logLevel: 'debug',
    });
  });

  it('derives login host and address domain from the public URL', () => {
    const { config } = read({ BOLTGATE_PUBLIC_URL: 'https://pay.example.org' });

    expect([config.authUrl, config.addressDomains]).toEqual([
      'https://pay.example.org',
      ['pay.example.org'],
    ]);
  });

  it('keeps the database in the data directory', () => {
    const paths = ['/data', './data', 'x/'].map(
      (dataDir) => read({ BOLTGATE_DATA_DIR: dataDir }).config.database,
    );

    expect(paths).toEqual([
      { kind: 'sqlite', path: '/data/boltgate.db' },
      { kind: 'sqlite', path: 'data/boltgate.db' },
      { kind: 'sqlite', path: 'x/boltgate.db' },
    ]);
  });

  it.each([
    ['sqlite:', 'data/boltgate.db'],
    ['sqlite:my.db', 'my.db'],
    ['sqlite:/var/my.db', '/var/my.db'],
    ['sqlite:///var/my.db', '/var/my.db'],
  ])('reads %s as the file %s', (url, path) => {
    expect(read({ BOLTGATE_DATABASE_URL: url }).config.database).toEqual({ kind: 'sqlite', path });
  });

  it('takes an empty variable for none, as compose files write it', () => {
    const { config } = read({ BOLTGATE_LISTEN: '', BOLTGATE_SECRET: '', BOLTGATE_NODE: '' });

    expect(config).toEqual(defaults);
  });

  it('leaves the variables of others and of the command line alone', () => {
    const { config } = read({
      PATH: '/bin',
      BOLTGATE_URL: 'http://localhost:4000',
      BOLTGATE_WALLET_LND_HOST: 'localhost:10010',
      BOLTGATE_WALLET_LND_MACAROON_FILE: '/x',
    });

    expect(config).toEqual(defaults);
  });
});

describe('secrets', () => {
  it('come from the environment', () => {
    const { secrets } = read({
      BOLTGATE_SECRET: SECRET.toUpperCase(),
      BOLTGATE_ADMIN_KEY: ADMIN_KEY,
    });

    expect([secrets.serverSecret?.reveal(), secrets.adminKey?.reveal()]).toEqual([
      SECRET,
      ADMIN_KEY,
    ]);
  });

  it('come from files, whose last line end does not count', () => {
    const { secrets } = read(
      { BOLTGATE_SECRET_FILE: '/run/secret', BOLTGATE_ADMIN_KEY_FILE: '/run/key' },
      { '/run/secret': `${SECRET}\n`, '/run/key': `  ${ADMIN_KEY}\r\n` },
    );

    expect([secrets.serverSecret?.reveal(), secrets.adminKey?.reveal()]).toEqual([
      SECRET,
      ADMIN_KEY,
    ]);
  });

  it('are not seen when everything is printed', () => {
    const all = read({ BOLTGATE_SECRET: SECRET, BOLTGATE_ADMIN_KEY: ADMIN_KEY });

    expect(JSON.stringify(all.secrets)).toBe('{"serverSecret":"[secret]","adminKey":"[secret]"}');
  });
});

describe('mistakes', () => {
  it('are told all together, one line each', () => {
    const text = messageOf({
      BOLTGATE_PUBLIC_URL: 'http://pay.example.org',
      BOLTGATE_AUTH_URL: 'https://user:hunter2@example.org',
      BOLTGATE_CONFIRM_AUTH_HOST: 'https://example.org',
      BOLTGATE_ADDRESS_DOMAINS: 'example.org:443',
      BOLTGATE_LISTEN: '3000',
      BOLTGATE_TRUST_PROXY: 'yes',
      BOLTGATE_DATABASE_URL: 'mysql://root:hunter2@localhost/x',
      BOLTGATE_SECRET: 'hunter2',
      BOLTGATE_ADMIN_KEY_FILE: '/run/key',
      BOLTGATE_NODE: 'cln',
      BOLTGATE_NODE_HINTS: 'sometimes',
      BOLTGATE_PAY_SELF: 'true',
      BOLTGATE_FEE_PPM: '1000001',
      BOLTGATE_FEE_MIN_MSAT: '1.5',
      BOLTGATE_SPEND_DAY_MSAT: '-1',
      BOLTGATE_LOG_LEVEL: 'loud',
      BOLTGATE_PUBLIC_ULR: 'https://pay.example.org',
      'BOLTGATE_\nODD': '1',
    });

    expect(text).toBe(`The configuration is not usable:
  BOLTGATE_NODE: "cln" is not one of demo, lnd, lnd-rest
  BOLTGATE_PUBLIC_URL: is plain http; that is for .onion and localhost alone
  BOLTGATE_AUTH_URL: holds a user name or password; give the origin alone
  BOLTGATE_CONFIRM_AUTH_HOST: "https://example.org" is not the host of BOLTGATE_AUTH_URL, such as pay.example.org
  BOLTGATE_ADDRESS_DOMAINS: "example.org:443" is not a list of lower-case domains without port, such as example.org,example.com
  BOLTGATE_LISTEN: "3000" is not host:port, such as 127.0.0.1:3000 or [::1]:3000
  BOLTGATE_TRUST_PROXY: "yes" is not a number of proxies from 0 to 10
  BOLTGATE_LOG_LEVEL: "loud" is not one of debug, info, warn, error, silent
  BOLTGATE_DATABASE_URL: is not sqlite:, sqlite:PATH or postgres://user:password@host/name
  BOLTGATE_NODE_HINTS: "sometimes" is not one of auto, always, never
  BOLTGATE_PAY_SELF: "true" is not 0 or 1
  BOLTGATE_FEE_PPM: "1000001" is not a whole number from 0 to 1000000
  BOLTGATE_FEE_MIN_MSAT: "1.5" is not a whole number of millisatoshi, at most 2100000000000000000
  BOLTGATE_SPEND_DAY_MSAT: "-1" is not a whole number of millisatoshi, at most 2100000000000000000
  BOLTGATE_SECRET: is not 64 characters of hex (32 random bytes)
  BOLTGATE_ADMIN_KEY_FILE: "/run/key" cannot be read (ENOENT)
  "BOLTGATE_\\nODD": there is no such setting
  BOLTGATE_PUBLIC_ULR: there is no such setting; did you mean BOLTGATE_PUBLIC_URL?`);
  });

  it.each<[Variables, ...string[]]>([
    [
      { BOLTGATE_SECRET: SECRET, BOLTGATE_SECRET_FILE: '/run/secret' },
      'BOLTGATE_SECRET: is given twice, also as BOLTGATE_SECRET_FILE; leave one of them out',
    ],
    [
      { BOLTGATE_SECRET_FILE: '/run/short' },
      'BOLTGATE_SECRET_FILE: "/run/short" does not hold 64 characters of hex (32 random bytes)',
    ],
    [
      { BOLTGATE_ADMIN_KEY: 'x'.repeat(31) },
      'BOLTGATE_ADMIN_KEY: is not 32 to 512 printable ASCII characters without a space',
    ],
    [
      { BOLTGATE_ADMIN_KEY: `${'x'.repeat(31)} y` },
      'BOLTGATE_ADMIN_KEY: is not 32 to 512 printable ASCII characters without a space',
    ],
    [
      { BOLTGATE_ADMIN_KEY: `${'x'.repeat(31)}é` },
      'BOLTGATE_ADMIN_KEY: is not 32 to 512 printable ASCII characters without a space',
    ],
    [
      { BOLTGATE_DATABASE_URL: 'sqlite://my.db' },
      'BOLTGATE_DATABASE_URL: is not sqlite:, sqlite:PATH or postgres://user:password@host/name',
    ],
    [
      { BOLTGATE_DATABASE_URL: 'postgres://boltgate:hunter2@db/boltgate' },
      'BOLTGATE_DATABASE_URL: PostgreSQL is not available in this version yet',
    ],
    [
      { BOLTGATE_REDIS_URL: 'redis://:hunter2@cache' },
      'BOLTGATE_REDIS_URL: Redis is not available in this version yet',
    ],
    [
      { BOLTGATE_ADDRESS_DOMAINS: 'Example.org' },
      'BOLTGATE_ADDRESS_DOMAINS: "Example.org" is not a list of lower-case domains without port, such as example.org,example.com',
    ],
    [
      { BOLTGATE_ADDRESS_DOMAINS: 'example.org,' },
      'BOLTGATE_ADDRESS_DOMAINS: "example.org," is not a list of lower-case domains without port, such as example.org,example.com',
    ],
    [
      { BOLTGATE_LISTEN: `${'x'.repeat(70)}` },
      `BOLTGATE_LISTEN: "${'x'.repeat(60)}…" is not host:port, such as 127.0.0.1:3000 or [::1]:3000`,
    ],
    [
      { BOLTGATE_LISTEN_FILE: '/run/listen' },
      'BOLTGATE_LISTEN_FILE: there is no such setting; BOLTGATE_LISTEN is no secret and cannot come from a file',
    ],
    [
      { BOLTGATE_SPEND_DAY: '1000' },
      'BOLTGATE_SPEND_DAY: there is no such setting; did you mean BOLTGATE_SPEND_DAY_MSAT?',
    ],
    [
      { BOLTGATE_LND_MACAROON_FILE: '/lnd/admin.macaroon' },
      'BOLTGATE_LND_MACAROON: is given, but BOLTGATE_NODE is demo, which moves no real money',
    ],
    [
      { BOLTGATE_NODE: 'lnd-rest' },
      'BOLTGATE_LND_MACAROON: is not given; without it LND answers nothing',
      'BOLTGATE_PUBLIC_URL: is not given; every code that we print holds it',
      'BOLTGATE_NODE: lnd-rest is not available in this version yet',
    ],
  ])('name the variable, what is wrong and what is wanted: %j', (variables, ...mistakes) => {
    expect(mistakesOf(variables, { '/run/short': 'hunter2' })).toEqual(mistakes);
  });
});

function read(variables: Variables, files: Readonly<Record<string, string>> = {}) {
  return readConfig(variables, (path) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return content;
  });
}

function errorOf(variables: Variables, files?: Readonly<Record<string, string>>): ConfigError {
  try {
    read(variables, files);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

function messageOf(variables: Variables): string {
  return errorOf(variables).message;
}

function mistakesOf(variables: Variables, files: Readonly<Record<string, string>>) {
  return errorOf(variables, files).mistakes;
}
