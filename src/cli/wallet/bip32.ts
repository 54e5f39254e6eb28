import { createHmac } from 'node:crypto';
import { etc, getPublicKey, Point } from '@noble/secp256k1';

/** A private key with what its children are derived from. */
export interface ExtendedKey {
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
  /** 32 bytes. */
  readonly chainCode: Uint8Array;
}

/** Indexes from here on are hardened. */
export const HARDENED = 0x8000_0000;

/** The key at the top of the tree that a seed gives (BIP-32). */
export function masterKey(seed: Uint8Array): ExtendedKey {
  const digest = sha512Hmac(Buffer.from('Bitcoin seed'), seed);
  return { privateKey: digest.subarray(0, 32), chainCode: digest.subarray(32) };
}

/** The private key below a key (BIP-32); `index` is 32 bits, of which the highest hardens. */
export function childKey({ privateKey, chainCode }: ExtendedKey, index: number): ExtendedKey {
  const parent =
    index >= HARDENED ? Buffer.concat([new Uint8Array(1), privateKey]) : getPublicKey(privateKey);
  const position = Buffer.alloc(4);
  position.writeUInt32BE(index);
  const digest = sha512Hmac(chainCode, Buffer.concat([parent, position]));
  const left = etc.bytesToNumberBE(digest.subarray(0, 32));
  const { n } = Point.CURVE();
  const sum = etc.mod(left + etc.bytesToNumberBE(privateKey), n);
  // BIP-32 skips such an index; it comes up once in 2^127 times.
  if (left >= n || sum === 0n) throw new RangeError('no key at this index');
  return { privateKey: etc.numberToBytesBE(sum), chainCode: digest.subarray(32) };
}

function sha512Hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha512', key).update(data).digest();
}
