import { X509Certificate } from 'node:crypto';

/** What was asked for when a connection was tried. */
export interface Asked {
  /** `host:port`. */
  readonly host: string;
  /** The name that the certificate must carry. */
  readonly name: string;
}

const MAX_TEXT_CHARACTERS = 200;

/** Why no connection could be made: whoever answers cannot be trusted, or nobody of use answers. */
export interface ConnectTrouble {
  readonly kind: 'certificate' | 'unreachable';
  /** One line for the operator. */
  readonly words: string;
}

interface Row {
  readonly text: RegExp;
  readonly kind: ConnectTrouble['kind'];
  readonly words: (asked: Asked, text: string) => string;
}

/** What the transport says, and what the operator should do about it. */
const ROWS: readonly Row[] = [
  {
    text: /does not match certificate's altnames|Cert does not contain a DNS name/,
    kind: 'certificate',
    // FC-22: the name asked, the names there are, and what to do.
    words: ({ host, name }, text) =>
      `the certificate of ${host} is for ${namesIn(text)}, not for ${name}; ` +
      'set BOLTGATE_LND_TLS_NAME to one of its names',
  },
  {
    text: /certificate has expired|CERT_HAS_EXPIRED/,
    kind: 'certificate',
    words: ({ host }) =>
      `the certificate of ${host} has expired; LND makes a new one when it is restarted`,
  },
  {
    text: /certificate is not yet valid/,
    kind: 'certificate',
    words: ({ host }) => `the certificate of ${host} is not valid yet; compare the clocks`,
  },
  {
    text: /self.signed certificate|unable to (verify|get)|certificate signature failure/,
    kind: 'certificate',
    words: ({ host }) =>
      `${host} shows another certificate than the one in BOLTGATE_LND_CERT; copy tls.cert again`,
  },
  {
    text: /certificate|CERT_/,
    kind: 'certificate',
    words: ({ host }, text) => `the certificate of ${host} cannot be trusted: ${shortened(text)}`,
  },
  {
    text: /wrong version number|packet length too long|EPROTO/,
    kind: 'unreachable',
    words: ({ host }) => `${host} does not speak TLS; give the gRPC port of LND`,
  },
  {
    text: /ECONNREFUSED/,
    kind: 'unreachable',
    words: ({ host }) => `nobody listens at ${host}`,
  },
  {
    text: /ENOTFOUND|EAI_AGAIN|[Nn]ame resolution failed/,
    kind: 'unreachable',
    words: ({ host }) => `the name of ${host} cannot be resolved`,
  },
  {
    text: /ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|[Ss]ocket closed/,
    kind: 'unreachable',
    words: ({ host }) => `the connection to ${host} broke before LND answered`,
  },
];

/** Tells why a connection could not be made. */
export function connectTrouble(text: string, asked: Asked): ConnectTrouble {
  const row = ROWS.find((one) => one.text.test(text));
  if (row) return { kind: row.kind, words: row.words(asked, text) };
  return { kind: 'unreachable', words: `${asked.host} cannot be reached: ${shortened(text)}` };
}

/** A foreign text in one line of bearable length. */
export function shortened(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, ' ').trim();
  return line.length > MAX_TEXT_CHARACTERS ? `${line.slice(0, MAX_TEXT_CHARACTERS)}...` : line;
}

/** The names that a certificate (PEM) is good for, and until when, for whoever looks after it. */
export function certificateFacts(pem: Buffer): { readonly names: string; readonly until: number } {
  const certificate = new X509Certificate(pem);
  return {
    names: plainNames(certificate.subjectAltName ?? ''),
    until: Date.parse(certificate.validTo),
  };
}

function namesIn(text: string): string {
  const [said = ''] = text.split('. Resolution note');
  // Of a host all names are listed, of an address the addresses alone.
  const listed = /cert's (?:altnames|list): (.*)$/.exec(said)?.[1] ?? '';
  return plainNames(listed).trim() || 'no name at all';
}

function plainNames(list: string): string {
  return list.replace(/(DNS|IP Address|IP):/g, '');
}
