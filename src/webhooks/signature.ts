import { createHmac } from 'node:crypto';
import type { Random } from '../random.ts';
import type { WebhookSecrets } from './webhook.ts';

const SECRET_START = 'whsec_';
const SECRET_BYTES = 32;

/** A secret in the form of Standard Webhooks: `whsec_` and base64. */
export function newWebhookSecret(random: Random): string {
  return `${SECRET_START}${Buffer.from(random(SECRET_BYTES)).toString('base64')}`;
}

/**
 * The headers of a delivery (Standard Webhooks 1.0): its id stays the same however often it is sent, so
 * that a receiver knows it again. While a secret is being replaced there are two signatures.
 */
export function signatureHeaders(
  { id, body }: { readonly id: string; readonly body: string },
  { current, old }: WebhookSecrets,
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const sign = (secret: string): string => {
    const key = Buffer.from(secret.slice(SECRET_START.length), 'base64');
    const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`);
    return `v1,${mac.digest('base64')}`;
  };
  const secrets = old === undefined ? [current] : [current, old];
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map(sign).join(' '),
  };
}
