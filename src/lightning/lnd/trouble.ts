import { X509Certificate } from 'node:crypto';

/** What was asked for when a connection was tried. */
export interface Asked {
  /** `host:port`. */
  readonly host: string;
  /** The name that the certificate must carry. */
  readonly name: string;
}

const MAX_TEXT_CHARACTERS = 200;

interface Row {
  readonly text: RegExp;
  readonly words: (asked: Asked, text: string) => string;
}

/** What the transport says, and what the operator should do about it. */
const ROWS: readonly Row[] = [
  {
    text: /does not match certificate's altnames|Cert does not contain a DNS name/,
    // FC-22: the name asked, the names there are, and what to do.
    words: ({ host, name }, text) =>
      `the certificate of ${host} is for ${namesIn(text)}, not for ${name}; ` +
      'set BOLTGATE_LND_TLS_NAME to one of its names',
  },
  {
    text: /certificate has expired|CERT_HAS_EXPIRED/,
    words: ({ host }) =>
      `the certificate of ${host} has expired; LND makes a new one when it is restarted`,
  },
  {
    text: /certificate is not yet valid/,
    words: ({ host }) => `the certificate of ${host} is not valid yet; compare the clocks`,
  },
  {
    text: /self.signed certificate|unable to (verify|get)|certificate signature failure/,
    words: ({ host }) =>
      `${host} shows another certificate than the one in BOLTGATE_LND_CERT; copy tls.cert again`,
  },
  {
    text: /wrong version number|packet length too long|EPROTO/,
    words: ({ host }) => `${host} does not speak TLS; give the gRPC port of LND`,
  },
  {
    text: /ECONNREFUSED/,
    words: ({ host }) => `nobody listens at ${host}`,
  },
  {
    text: /ENOTFOUND|EAI_AGAIN|[Nn]ame resolution failed/,
    words: ({ host }) => `the name of ${host} cannot be resolved`,
  },
  {
    text: /ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|[Ss]ocket closed/,
    words: ({ host }) => `the connection to ${host} broke before LND answered`,
  },
];

/** One line for the operator about a connection that could not be made. */
export function connectTrouble(text: string, asked: Asked): string {
  const row = ROWS.find((one) => one.text.test(text));
  return row?.words(asked, text) ?? `${asked.host} cannot be reached: ${shortened(text)}`;
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
  const listed = /altnames: (.*)$/.exec(text.split('. Resolution note')[0] ?? '')?.[1] ?? '';
  return plainNames(/(DNS|IP).*$/.exec(listed)?.[0] ?? '') || 'no name at all';
}

function plainNames(list: string): string {
  return list.replace(/(DNS|IP Address|IP):/g, '');
}
