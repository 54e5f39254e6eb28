import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Random } from './random.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a text is sealed for: what is sealed for one thing opens as no other. */
export type SealPurpose = 'receipt' | 'webhook';

/**
 * Makes a text unreadable to all but the holder of a secret that the store does not have: a copied
 * database must give nobody what is kept in it.
 */
export function seal(text: string, secret: string, purpose: SealPurpose, random: Random): string {
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyFor(secret, purpose), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** The text again, or undefined when it was sealed with another secret or for something else. */
export function unseal(sealed: string, secret: string, purpose: SealPurpose): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  const body = NONCE_BYTES + TAG_BYTES;
  if (bytes.length < body) return undefined;
  const decipher = createDecipheriv(
    CIPHER,
    keyFor(secret, purpose),
    bytes.subarray(0, NONCE_BYTES),
  );
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, body));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(body)), decipher.final()]).toString(
      'utf8',
    );
  } catch {
    return undefined;
  }
}

function keyFor(secret: string, purpose: SealPurpose): Uint8Array {
  return createHmac('sha256', secret).update(`boltgate/${purpose}`).digest();
}
