import { createECDH, createHash, createHmac } from 'node:crypto';
import * as secp from '@noble/secp256k1';
import { hexToBytes, type NodeKey } from '../../hex.ts';

// Signing needs these two; the curve library brings no hash of its own.
secp.hashes.sha256 = (message) => new Uint8Array(createHash('sha256').update(message).digest());
secp.hashes.hmacSha256 = (key, message) =>
  new Uint8Array(createHmac('sha256', key).update(message).digest());

/** Signs a 32-byte digest: r, s and the recovery number, 65 bytes in the order of BOLT-11. */
export type Sign = (digest: Uint8Array) => Uint8Array;

/** A signer with deterministic nonces (RFC 6979) and low s. */
export function signerOf(privateKey: Uint8Array): Sign {
  return (digest) => {
    const recovered = secp.sign(digest, privateKey, { prehash: false, format: 'recovered' });
    const signature = new Uint8Array(65);
    signature.set(recovered.subarray(1));
    signature[64] = recovered[0] ?? 0;
    return signature;
  };
}

/** Not by the curve library, which would first build its tables: a start should not wait for them. */
export function nodeKeyOf(privateKey: Uint8Array): NodeKey {
  const pair = createECDH('secp256k1');
  pair.setPrivateKey(privateKey);
  return pair.getPublicKey('hex', 'compressed') as NodeKey;
}

/** BOLT-11: with a field `n` the signature must be that node's, and of low s. */
export function isSignedBy(nodeKey: NodeKey, signature: Uint8Array, digest: Uint8Array): boolean {
  try {
    const options = { prehash: false, lowS: true };
    return secp.verify(signature.subarray(0, 64), digest, hexToBytes(nodeKey), options);
  } catch {
    return false;
  }
}

/** BOLT-11: without a field `n` the signer follows from the signature; high s is as good as low. */
export function recoverSigner(signature: Uint8Array, digest: Uint8Array): NodeKey | undefined {
  const recovered = new Uint8Array(65);
  recovered[0] = signature[64] ?? 0;
  recovered.set(signature.subarray(0, 64), 1);
  try {
    const key = secp.recoverPublicKey(recovered, digest, { prehash: false });
    return Buffer.from(key).toString('hex') as NodeKey;
  } catch {
    return undefined;
  }
}
