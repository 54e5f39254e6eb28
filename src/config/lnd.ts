import { parseKey33 } from '../hex.ts';
import type { Environment, Source } from './environment.ts';
import { isHostName, parseHostPort } from './host.ts';
import { type LndConnect, parseLndConnect } from './lnd-connect.ts';
import type { Secret } from './secret.ts';
import type { FileableName, SettingName } from './settings.ts';

/** How to reach LND, over gRPC (`lnd`) or REST (`lnd-rest`). */
export interface LndConfig {
  readonly kind: LndKind;
  /** `host:port` for gRPC, an https origin for REST. */
  readonly host: string;
  /** PEM; undefined trusts the roots of the system. */
  readonly cert: Source | undefined;
  /** The name to expect in the certificate; undefined is the host (FC-22). */
  readonly tlsName: string | undefined;
  /** `pubkey@host:port` for channel offers; undefined asks the node (FC-19). */
  readonly uri: string | undefined;
  readonly macaroons: Macaroons;
}

export type LndKind = 'lnd' | 'lnd-rest';

/** What we may do with the node, in hex or a binary file: a flow without its macaroon is off. */
export interface Macaroons {
  readonly receive: Source | undefined;
  readonly pay: Source | undefined;
  readonly channel: Source | undefined;
}

const DEFAULT_HOSTS = { lnd: 'localhost:10009', 'lnd-rest': 'https://localhost:8080' } as const;

const FLOW_MACAROONS = [
  'BOLTGATE_LND_RECEIVE_MACAROON',
  'BOLTGATE_LND_PAY_MACAROON',
  'BOLTGATE_LND_CHANNEL_MACAROON',
] as const;
const MACAROONS = ['BOLTGATE_LND_MACAROON', ...FLOW_MACAROONS] as const;
const IN_CONNECT = ['BOLTGATE_LND_HOST', 'BOLTGATE_LND_CERT', ...MACAROONS] as const;
const ALL = [
  'BOLTGATE_LND_CONNECT',
  ...IN_CONNECT,
  'BOLTGATE_LND_TLS_NAME',
  'BOLTGATE_LND_URI',
] as const;

/** Refuses settings of LND beside the demo node: who gave them expects the money in LND. */
export function refuseLnd(environment: Environment): void {
  refuse(environment, ALL, 'is given, but BOLTGATE_NODE is demo, which moves no real money');
}

/** Where LND is and whom to trust there, whatever may be done with it. */
export type LndPlace = Pick<LndConfig, 'host' | 'cert' | 'tlsName'>;

/** Reads the settings of LND; what is wrong with them is remembered by the environment. */
export function readLnd(environment: Environment, kind: LndKind): LndConfig {
  return {
    kind,
    ...readAccess(environment, kind),
    tlsName: readTlsName(environment),
    uri: environment.value('BOLTGATE_LND_URI', parseUri, 'pubkey@host:port', undefined),
  };
}

/** Reads where LND is over gRPC, for whoever brings a macaroon of their own. */
export function readLndPlace(environment: Environment): LndPlace {
  const connect = readConnect(environment);
  const { host, cert } = connect ? inConnect(connect, 'lnd') : readPlain(environment, 'lnd');
  return { host, cert, tlsName: readTlsName(environment) };
}

type Access = Pick<LndConfig, 'host' | 'cert' | 'macaroons'>;

function readAccess(environment: Environment, kind: LndKind): Access {
  if (!environment.has('BOLTGATE_LND_CONNECT')) {
    return { ...readPlain(environment, kind), macaroons: readMacaroons(environment) };
  }
  refuse(environment, IN_CONNECT, 'is given, but BOLTGATE_LND_CONNECT holds it already');
  const connect = readConnect(environment);
  const macaroon = inline(connect?.macaroon);
  return {
    ...inConnect(connect, kind),
    macaroons: { receive: macaroon, pay: macaroon, channel: macaroon },
  };
}

function readConnect(environment: Environment): LndConnect | undefined {
  const wanted = 'lndconnect://host:port?cert=…&macaroon=…';
  return environment.secret('BOLTGATE_LND_CONNECT', parseLndConnect, wanted);
}

function inConnect(
  connect: LndConnect | undefined,
  kind: LndKind,
): Pick<LndConfig, 'host' | 'cert'> {
  return {
    host: connect ? `${kind === 'lnd' ? '' : 'https://'}${connect.address}` : DEFAULT_HOSTS[kind],
    cert: inline(connect?.cert),
  };
}

function readPlain(environment: Environment, kind: LndKind): Pick<LndConfig, 'host' | 'cert'> {
  return { host: readHost(environment, kind), cert: environment.source('BOLTGATE_LND_CERT') };
}

function readTlsName(environment: Environment): string | undefined {
  return environment.value('BOLTGATE_LND_TLS_NAME', parseName, 'a host name', undefined);
}

function readHost(environment: Environment, kind: LndKind): string {
  const [parse, wanted] =
    kind === 'lnd'
      ? ([parseAddress, 'host:port'] as const)
      : ([parseRestOrigin, 'https://host:port'] as const);
  return environment.value('BOLTGATE_LND_HOST', parse, wanted, DEFAULT_HOSTS[kind]);
}

function readMacaroons(environment: Environment): Macaroons {
  const all = readMacaroon(environment, 'BOLTGATE_LND_MACAROON');
  const [receive, pay, channel] = FLOW_MACAROONS.map((name) => readMacaroon(environment, name));
  if (environment.has('BOLTGATE_LND_MACAROON')) {
    refuse(environment, FLOW_MACAROONS, 'is given beside BOLTGATE_LND_MACAROON; leave one out');
    return { receive: all, pay: all, channel: all };
  }
  if (!FLOW_MACAROONS.some((name) => environment.has(name))) {
    environment.mistake('BOLTGATE_LND_MACAROON', 'is not given; without it LND answers nothing');
  }
  return { receive, pay, channel };
}

function readMacaroon(environment: Environment, name: FileableName): Source | undefined {
  const source = environment.source(name);
  // A file is binary, and is read again whenever it changes (FC-21).
  if (source?.kind === 'inline' && !/^([0-9a-f]{2})+$/i.test(source.value.reveal())) {
    environment.mistake(name, `is not hex; for a binary file give its path as ${name}_FILE`);
  }
  return source;
}

function refuse(environment: Environment, names: readonly SettingName[], why: string): void {
  for (const name of names) if (environment.has(name)) environment.mistake(name, why);
}

function inline(value: Secret | undefined): Source | undefined {
  return value && { kind: 'inline', value };
}

function parseAddress(text: string): string | undefined {
  return parseHostPort(text) && text.toLowerCase();
}

function parseRestOrigin(text: string): string | undefined {
  const address = /^https:\/\/(.+?)\/?$/i.exec(text)?.[1];
  return address && parseHostPort(address) ? `https://${address.toLowerCase()}` : undefined;
}

function parseName(text: string): string | undefined {
  return isHostName(text.toLowerCase()) ? text.toLowerCase() : undefined;
}

function parseUri(text: string): string | undefined {
  const [key = '', address = '', ...rest] = text.split('@');
  const valid = parseKey33(key) && parseAddress(address) && rest.length === 0;
  return valid ? text.toLowerCase() : undefined;
}
