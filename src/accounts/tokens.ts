import { createHmac } from 'node:crypto';
import { sha256Hex } from '../hex.ts';
import { base32 } from '../random.ts';

const TOKEN_BYTES = 16;
const FINGERPRINT_BYTES = 8;

/**
 * Bearer secrets that are derived from the server's own secret and an id, so that the store needs to
 * keep only their SHA-256 and the operator can still print a code again.
 */
export class Tokens {
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** The token in the URL of a link: 128 bits, lower-case base32. */
  ofLink(linkId: string): string {
    return base32(this.#derive('link', linkId).subarray(0, TOKEN_BYTES));
  }

  /** A stand-in for a caller's address that says who is the same, not who it is. */
  ofCaller(address: string): string {
    return base32(this.#derive('caller', address).subarray(0, TOKEN_BYTES));
  }

  /** Tells whether a database was made with this secret, without giving the secret away. */
  fingerprint(): string {
    return base32(this.#derive('fingerprint', '').subarray(0, FINGERPRINT_BYTES));
  }

  #derive(purpose: string, text: string): Buffer {
    return createHmac('sha256', this.#secret).update(`boltgate/${purpose}/${text}`).digest();
  }
}

/** What the store keeps of a bearer secret. */
export function tokenHash(token: string): string {
  return sha256Hex(token);
}
