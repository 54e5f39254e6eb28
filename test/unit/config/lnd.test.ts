import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../src/config/config-error.ts';
import { Environment, type Source, type Variables } from '../../../src/config/environment.ts';
import { type LndKind, readLnd } from '../../../src/config/lnd.ts';

const MACAROON = '0201036c6e64';
const NODE_KEY = `02${'ab'.repeat(32)}`;

describe('the settings of LND', () => {
  it('need a macaroon and have defaults for the rest', () => {
    expect(read('lnd', { BOLTGATE_LND_MACAROON: MACAROON })).toEqual({
      kind: 'lnd',
      host: 'localhost:10009',
      cert: undefined,
      tlsName: undefined,
      uri: undefined,
      macaroons: { receive: MACAROON, pay: MACAROON, channel: MACAROON },
    });
    expect(read('lnd-rest', { BOLTGATE_LND_MACAROON: MACAROON }).host).toBe(
      'https://localhost:8080',
    );
  });

  it('may be given one by one', () => {
    const lnd = read('lnd', {
      BOLTGATE_LND_HOST: 'LND:10009',
      BOLTGATE_LND_CERT_FILE: '/lnd/tls.cert',
      BOLTGATE_LND_TLS_NAME: 'localhost',
      BOLTGATE_LND_URI: `${NODE_KEY.toUpperCase()}@node.example.org:9735`,
      BOLTGATE_LND_RECEIVE_MACAROON_FILE: '/lnd/invoice.macaroon',
      BOLTGATE_LND_PAY_MACAROON: MACAROON,
    });

    expect(lnd).toEqual({
      kind: 'lnd',
      host: 'lnd:10009',
      cert: 'file /lnd/tls.cert',
      tlsName: 'localhost',
      uri: `${NODE_KEY}@node.example.org:9735`,
      macaroons: { receive: 'file /lnd/invoice.macaroon', pay: MACAROON, channel: undefined },
    });
  });

  it.each([
    ['lnd', 'node.example.org:10009'],
    ['lnd-rest', 'https://node.example.org:10009'],
  ] as const)('may be one lndconnect URL for %s', (kind, host) => {
    const der = Buffer.alloc(50, 0xfb);
    const macaroon = Buffer.from(MACAROON, 'hex').toString('base64url');
    const url = `lndconnect://node.example.org:10009?cert=${der.toString('base64url')}&macaroon=${macaroon}`;

    expect(read(kind, { BOLTGATE_LND_CONNECT: url })).toEqual({
      kind,
      host,
      cert: `-----BEGIN CERTIFICATE-----
${der.toString('base64').slice(0, 64)}
${der.toString('base64').slice(64)}
-----END CERTIFICATE-----
`,
      tlsName: undefined,
      uri: undefined,
      macaroons: { receive: MACAROON, pay: MACAROON, channel: MACAROON },
    });
  });

  it.each<[LndKind, Variables, readonly string[]]>([
    ['lnd', {}, ['BOLTGATE_LND_MACAROON: is not given; without it LND answers nothing']],
    [
      'lnd',
      { BOLTGATE_LND_MACAROON: '/lnd/admin.macaroon' },
      [
        'BOLTGATE_LND_MACAROON: is not hex; for a binary file give its path as BOLTGATE_LND_MACAROON_FILE',
      ],
    ],
    [
      'lnd',
      { BOLTGATE_LND_MACAROON: MACAROON, BOLTGATE_LND_PAY_MACAROON_FILE: '/x' },
      ['BOLTGATE_LND_PAY_MACAROON: is given beside BOLTGATE_LND_MACAROON; leave one out'],
    ],
    [
      'lnd',
      { BOLTGATE_LND_HOST: 'https://localhost:8080', BOLTGATE_LND_MACAROON: MACAROON },
      ['BOLTGATE_LND_HOST: "https://localhost:8080" is not host:port'],
    ],
    [
      'lnd-rest',
      { BOLTGATE_LND_HOST: 'localhost:8080', BOLTGATE_LND_MACAROON: MACAROON },
      ['BOLTGATE_LND_HOST: "localhost:8080" is not https://host:port'],
    ],
    [
      'lnd',
      { BOLTGATE_LND_URI: `${NODE_KEY}@@x:1`, BOLTGATE_LND_MACAROON: MACAROON },
      [`BOLTGATE_LND_URI: "${NODE_KEY.slice(0, 60)}…" is not pubkey@host:port`],
    ],
    [
      'lnd',
      { BOLTGATE_LND_CONNECT: 'lndconnect://localhost:10009?cert=AA&macaroon=*' },
      ['BOLTGATE_LND_CONNECT: is not lndconnect://host:port?cert=…&macaroon=…'],
    ],
    [
      'lnd',
      {
        BOLTGATE_LND_CONNECT: 'lndconnect://localhost:10009?macaroon=AgEDbG5k',
        BOLTGATE_LND_HOST: 'localhost:10009',
        BOLTGATE_LND_CERT_FILE: '/lnd/tls.cert',
      },
      [
        'BOLTGATE_LND_HOST: is given, but BOLTGATE_LND_CONNECT holds it already',
        'BOLTGATE_LND_CERT: is given, but BOLTGATE_LND_CONNECT holds it already',
      ],
    ],
  ])('for %s are refused: %j', (kind, variables, mistakes) => {
    expect(() => read(kind, variables)).toThrow(new ConfigError(mistakes));
  });
});

/** What was read, with secrets in clear and files as `file PATH`, so that it compares whole. */
function read(kind: LndKind, variables: Variables) {
  const environment = new Environment(variables, () => '');
  const { cert, macaroons, ...rest } = readLnd(environment, kind);
  environment.refuseMistakes();
  const { receive, pay, channel } = macaroons;
  return {
    ...rest,
    cert: plain(cert),
    macaroons: { receive: plain(receive), pay: plain(pay), channel: plain(channel) },
  };
}

function plain(source: Source | undefined): string | undefined {
  return source?.kind === 'file' ? `file ${source.path}` : source?.value.reveal();
}
