import { hash } from 'node:crypto';

declare const kind: unique symbol;
type Hex<Kind extends string> = string & { readonly [kind]: Kind };

/** Identity of a Lightning payment: 32 bytes, lower-case hex. */
export type PaymentHash = Hex<'paymentHash'>;
/** Proof of a Lightning payment: 32 bytes, lower-case hex; secret until it is settled. */
export type Preimage = Hex<'preimage'>;
/** SHA-256 of the text that an invoice pays for: 32 bytes, lower-case hex (BOLT-11 field `h`). */
export type DescriptionHash = Hex<'descriptionHash'>;
/** Challenge of a flow: 32 bytes, lower-case hex. */
export type K1 = Hex<'k1'>;
/** A wallet's key for our login host: a compressed secp256k1 point, 33 bytes, lower-case hex. */
export type LinkingKey = Hex<'linkingKey'>;
/** Public key of a Lightning node: a compressed secp256k1 point, 33 bytes, lower-case hex. */
export type NodeKey = Hex<'nodeKey'>;

type Bytes32 = PaymentHash | Preimage | DescriptionHash | K1;

/** Parses 32 bytes of hex in either case, or undefined. */
export function parseHex32<T extends Bytes32>(text: string): T | undefined {
  return /^[0-9a-f]{64}$/i.test(text) ? (text.toLowerCase() as T) : undefined;
}

/** Parses a compressed public key (02 or 03 and 32 bytes) in either case; does not look at the curve. */
export function parseKey33<T extends LinkingKey | NodeKey>(text: string): T | undefined {
  return /^0[23][0-9a-f]{64}$/i.test(text) ? (text.toLowerCase() as T) : undefined;
}

/** Lower-case hex of bytes that are known to be of the right length. */
export function hex32<T extends Bytes32>(bytes: Uint8Array): T {
  if (bytes.length !== 32) throw new RangeError(`32 bytes wanted, ${bytes.length} given`);
  return Buffer.from(bytes).toString('hex') as T;
}

export function hexToBytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

/** SHA-256 of a text's UTF-8 bytes (or of bytes), as lower-case hex. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** The commitment of an invoice to the metadata that the wallet saw (LUD-06). */
export function descriptionHashOf(text: string): DescriptionHash {
  return sha256Hex(text) as DescriptionHash;
}

/** The payment hash that a preimage proves. */
export function paymentHashOf(preimage: Preimage): PaymentHash {
  return sha256Hex(hexToBytes(preimage)) as PaymentHash;
}
