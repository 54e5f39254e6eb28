import { generateKeyPairSync, sign } from 'node:crypto';

/** A key and the certificate that it signed for itself, as PEM. */
export interface SelfMade {
  readonly key: string;
  readonly cert: string;
}

/** Makes a certificate for these host names: what a wallet trusts when it is told to. */
export function selfMadeCertificate(hosts: readonly string[], lifeMs = DAY_MS): SelfMade {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(oid('550403'), utf8(hosts[0] ?? ''))));
  const extensions = sequence(
    sequence(oid('551d11'), octets(sequence(...hosts.map(dnsName)))),
    // An end of its own chain must say that it is an authority to be trusted as one.
    sequence(oid('551d13'), TRUE, octets(sequence(TRUE))),
  );
  const body = sequence(
    tagged(0, integer(2)),
    integer(1),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(-DAY_MS), time(lifeMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, extensions),
  );
  const cert = sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

const DAY_MS = 86_400_000;

/** One value of DER (X.690): its tag, its length and its content. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 128 ? [length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

const TRUE = der(1, Buffer.from([255]));
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));

function sequence(...contents: readonly Buffer[]): Buffer {
  return der(0x30, ...contents);
}

function set(content: Buffer): Buffer {
  return der(0x31, content);
}

function oid(hex: string): Buffer {
  return der(6, Buffer.from(hex, 'hex'));
}

function integer(value: number): Buffer {
  return der(2, Buffer.from([value]));
}

function utf8(text: string): Buffer {
  return der(12, Buffer.from(text));
}

function octets(content: Buffer): Buffer {
  return der(4, content);
}

function bits(content: Buffer): Buffer {
  return der(3, Buffer.from([0]), content);
}

function tagged(number: number, content: Buffer): Buffer {
  return der(0xa0 + number, content);
}

function dnsName(host: string): Buffer {
  return der(0x82, Buffer.from(host));
}

function time(fromNowMs: number): Buffer {
  const text = new Date(Date.now() + fromNowMs).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(24, Buffer.from(text));
}
