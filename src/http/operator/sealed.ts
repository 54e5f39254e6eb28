import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Random } from '../../random.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Makes a text unreadable to all but the holder of an API key, which the store does not have. Kept
 * answers hold tokens and tickets, and a copied database must give nobody any of them.
 */
export function seal(text: string, apiKey: string, random: Random): string {
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyFor(apiKey), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** The text again, or undefined when it was sealed with another key. */
export function unseal(sealed: string, apiKey: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  const body = NONCE_BYTES + TAG_BYTES;
  if (bytes.length < body) return undefined;
  const decipher = createDecipheriv(CIPHER, keyFor(apiKey), bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, body));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(body)), decipher.final()]).toString(
      'utf8',
    );
  } catch {
    return undefined;
  }
}

function keyFor(apiKey: string): Uint8Array {
  return createHmac('sha256', apiKey).update('boltgate/receipt').digest();
}
