import { utils, verify } from '@noble/secp256k1';
import { hexToBytes, type K1, type LinkingKey, parseKey33 } from '../../hex.ts';
import { compactFromDer, MAX_SIGNATURE_BYTES } from './der.ts';

/** What a wallet sends to prove a login, with `signature` and `linkingKey` as they came. */
export interface LoginProof {
  readonly k1: K1;
  readonly signature: string;
  readonly linkingKey: string;
}

export type LoginVerdict = 'valid' | 'invalid-key' | 'invalid-encoding' | 'invalid-signature';

/**
 * Judges a login (LUD-04): the 32 bytes of k1 are themselves the digest that was signed. A high s is
 * accepted, for not all signers lower it and k1 works only once. Never throws.
 */
export function verifyLogin(proof: LoginProof): LoginVerdict {
  const linkingKey = parseLinkingKey(proof.linkingKey);
  if (linkingKey === undefined) return 'invalid-key';
  const compact = compactFromDer(hexToBytes(parseSignature(proof.signature) ?? ''));
  if (compact === undefined) return 'invalid-encoding';
  return isSigned(compact, proof.k1, linkingKey) ? 'valid' : 'invalid-signature';
}

/** Reads `key` (LUD-04) in either case: a compressed point that is on the curve, or undefined. */
export function parseLinkingKey(text: string): LinkingKey | undefined {
  const key = parseKey33<LinkingKey>(text);
  return key !== undefined && utils.isValidPublicKey(hexToBytes(key), true) ? key : undefined;
}

const SIGNATURE = /^(?:[0-9a-f]{2})+$/i;

/** Reads `sig` (LUD-04), whole bytes of hex in either case; undefined when no DER could be in it. */
export function parseSignature(text: string): string | undefined {
  if (text.length > 2 * MAX_SIGNATURE_BYTES || !SIGNATURE.test(text)) return undefined;
  return text.toLowerCase();
}

function isSigned(compact: Uint8Array, k1: K1, linkingKey: LinkingKey): boolean {
  try {
    const options = { prehash: false, lowS: false };
    return verify(compact, hexToBytes(k1), hexToBytes(linkingKey), options);
  } catch {
    return false;
  }
}
