import { parseHostPort } from './host.ts';
import { Secret } from './secret.ts';

/** What an `lndconnect:` URL holds. */
export interface LndConnect {
  /** `host:port`. */
  readonly address: string;
  /** PEM; undefined trusts the roots of the system. */
  readonly cert: Secret | undefined;
  /** Hex. */
  readonly macaroon: Secret;
}

const PEM_LINE = /.{1,64}/g;

/** Parses `lndconnect://host:port?cert=…&macaroon=…`, both base64url without padding. */
export function parseLndConnect(text: string): LndConnect | undefined {
  if (!/^lndconnect:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { host, searchParams } = new URL(text);
  const macaroon = parseBase64url(searchParams.get('macaroon') ?? '');
  const cert = searchParams.get('cert');
  const der = cert === null ? undefined : parseBase64url(cert);
  if (!parseHostPort(host) || !macaroon || (cert !== null && !der)) return undefined;
  return {
    address: host,
    cert: der && new Secret(pemOf(der)),
    macaroon: new Secret(macaroon.toString('hex')),
  };
}

function parseBase64url(text: string): Buffer | undefined {
  return /^[\w-]+=*$/.test(text) ? Buffer.from(text, 'base64url') : undefined;
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(PEM_LINE) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
