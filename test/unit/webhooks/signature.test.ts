import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { newWebhookSecret, signatureHeaders } from '../../../src/webhooks/signature.ts';
import { seededRandom } from '../../support/seeded-random.ts';

/** From the specification of Standard Webhooks and its libraries' tests. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

describe('the signature of a webhook', () => {
  it('is that of Standard Webhooks', () => {
    const { id, body, secret, timestamp, signature } = VECTOR;

    const headers = signatureHeaders(
      { id, body },
      { current: secret, old: undefined },
      timestamp * 1000 + 999,
    );

    expect(headers).toEqual({
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature,
    });
  });

  it('is there twice while a secret is replaced, the newer one first', () => {
    const random = seededRandom('webhook');
    const [current, old] = [newWebhookSecret(random), newWebhookSecret(random)];

    const headers = signatureHeaders({ id: 'evt_1', body: '{}' }, { current, old }, 0);

    const signed = [current, old].map((secret) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      return `v1,${createHmac('sha256', key).update('evt_1.0.{}').digest('base64')}`;
    });
    expect(headers['webhook-signature']).toBe(signed.join(' '));
  });

  it('has a secret of 32 random bytes', () => {
    const secret = newWebhookSecret(seededRandom('webhook'));

    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });
});
