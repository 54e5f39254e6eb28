const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** Two integers of one byte, and two of 33, each behind its tag and length, in a sequence. */
const MIN_SIGNATURE_BYTES = 8;
export const MAX_SIGNATURE_BYTES = 72;

const SCALAR_BYTES = 32;

/**
 * Turns the DER form of an ECDSA signature, which wallets send (LUD-04), into the 64 bytes r ‖ s.
 * Strict as BIP-66: one form for each signature, else undefined. Whether r and s are below the
 * order of the curve, and s in its lower half, is not a matter of form and not looked at.
 */
export function compactFromDer(der: Uint8Array): Uint8Array | undefined {
  if (der.length < MIN_SIGNATURE_BYTES || der.length > MAX_SIGNATURE_BYTES) return undefined;
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2) return undefined;
  const r = integerAt(der, 2);
  const s = r && integerAt(der, r.end);
  if (!s || s.end !== der.length) return undefined;
  const compact = new Uint8Array(2 * SCALAR_BYTES);
  compact.set(r.magnitude, SCALAR_BYTES - r.magnitude.length);
  compact.set(s.magnitude, 2 * SCALAR_BYTES - s.magnitude.length);
  return compact;
}

interface DerInteger {
  /** Big-endian, without leading zeros. */
  readonly magnitude: Uint8Array;
  readonly end: number;
}

/** A positive integer of at most 32 bytes, in its shortest form. */
function integerAt(der: Uint8Array, start: number): DerInteger | undefined {
  const lengthBytes = der[start + 1] ?? 0;
  const end = start + 2 + lengthBytes;
  if (der[start] !== INTEGER || lengthBytes === 0 || end > der.length) return undefined;
  const bytes = der.subarray(start + 2, end);
  const [first = 0, second = 0] = bytes;
  if (isNegative(first)) return undefined;
  if (first !== 0) return bytes.length > SCALAR_BYTES ? undefined : { magnitude: bytes, end };
  // A leading zero is there only to keep the sign bit of the next byte from saying "negative".
  if (!isNegative(second) || bytes.length > SCALAR_BYTES + 1) return undefined;
  return { magnitude: bytes.subarray(1), end };
}

function isNegative(firstByte: number): boolean {
  return firstByte >= 0x80;
}
