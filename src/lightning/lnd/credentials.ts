import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';

/** A value that stands in the configuration, or in a file that may change while we run. */
export type CredentialSource =
  | { readonly kind: 'inline'; readonly value: { reveal(): string } }
  | { readonly kind: 'file'; readonly path: string };

/** What may be wrong with a credential, in words for the operator; never what it holds. */
export class CredentialProblem extends Error {
  override readonly name = 'CredentialProblem';
}

/** A file is looked at again after so long, or as soon as LND refuses what it held (FC-21). */
const BELIEVED_MS = 10_000;
/** Of the binary form, version 2. */
const BINARY_FIRST_BYTE = 2;
const MAX_MACAROON_BYTES = 16_384;

/** The certificate of LND as PEM, read anew for every connection; LND makes a new one now and then. */
export async function readCertificate(source: CredentialSource): Promise<Buffer> {
  const bytes =
    source.kind === 'inline'
      ? Buffer.from(source.value.reveal())
      : await readBytes(source.path, 'certificate');
  if (!isPem(bytes)) throw new CredentialProblem(`the certificate${placeOf(source)} is not PEM`);
  return bytes;
}

function isPem(bytes: Buffer): boolean {
  if (!bytes.includes('-----BEGIN CERTIFICATE-----')) return false;
  try {
    new X509Certificate(bytes);
    return true;
  } catch {
    return false;
  }
}

/** One macaroon. From a file it is read again when it may have changed (FC-21). */
export class Macaroon {
  readonly #source: CredentialSource;
  readonly #clock: Clock;
  #hex: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(source: CredentialSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** As LND wants it in the metadata of a call. Throws CredentialProblem. */
  async hex(): Promise<string> {
    const now = this.#clock.now();
    if (this.#hex !== undefined && now - this.#readAt < BELIEVED_MS) return this.#hex;
    try {
      this.#hex = await readMacaroon(this.#source);
    } catch (error) {
      // Whoever replaces a file may take it away for a moment.
      if (this.#hex === undefined) throw error;
    }
    this.#readAt = now;
    return this.#hex;
  }

  /** LND refused it: the file is read again before the next call. */
  doubt(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }
}

async function readMacaroon(source: CredentialSource): Promise<string> {
  const hex =
    source.kind === 'inline'
      ? hexOf(Buffer.from(source.value.reveal()))
      : hexOf(await readBytes(source.path, 'macaroon'));
  if (hex === undefined) {
    throw new CredentialProblem(`the macaroon${placeOf(source)} is neither binary nor hex`);
  }
  return hex;
}

/** A macaroon in binary or in hex, as lower-case hex. */
export function hexOf(bytes: Buffer): string | undefined {
  if (bytes.length > MAX_MACAROON_BYTES) return undefined;
  if (bytes[0] === BINARY_FIRST_BYTE) return bytes.toString('hex');
  const text = bytes.toString('latin1').trim().toLowerCase();
  return /^([0-9a-f]{2})+$/.test(text) ? text : undefined;
}

async function readBytes(path: string, what: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
    throw new CredentialProblem(`the ${what} in ${path} cannot be read (${String(code)})`);
  }
}

function placeOf(source: CredentialSource): string {
  return source.kind === 'file' ? ` in ${source.path}` : '';
}
