import { getPublicKey, signAsync } from '@noble/secp256k1';
import { hexToBytes, type K1, type LinkingKey } from '../../src/hex.ts';

/** What a wallet adds to the URL of a login (LUD-04). */
export interface LoginAnswer {
  readonly key: LinkingKey;
  readonly sig: string;
}

/** A wallet that has one key for our login host. */
export class LoginWallet {
  readonly key: LinkingKey;
  readonly #privateKey: Uint8Array;

  /** `number` is a small private key: the same one, the same wallet. */
  constructor(number: number) {
    this.#privateKey = hexToBytes(number.toString(16).padStart(64, '0'));
    this.key = Buffer.from(getPublicKey(this.#privateKey)).toString('hex') as LinkingKey;
  }

  /** Signs the bytes of k1 themselves, and writes the signature as DER. */
  async answer(k1: K1): Promise<LoginAnswer> {
    const compact = await signAsync(hexToBytes(k1), this.#privateKey, { prehash: false });
    return { key: this.key, sig: derOf(Buffer.from(compact)) };
  }
}

function derOf(compact: Buffer): string {
  const content = [compact.subarray(0, 32), compact.subarray(32)].map(integerOf).join('');
  return `30${byte(content.length / 2)}${content}`;
}

function integerOf(bytes: Buffer): string {
  const digits = bytes.toString('hex').replace(/^(?:00)+/, '');
  const positive = /^[89a-f]/.test(digits) ? `00${digits}` : digits;
  return `02${byte(positive.length / 2)}${positive}`;
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
