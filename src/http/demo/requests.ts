import { z } from 'zod';
import { MAX_BOLT11_CHARACTERS } from '../../lightning/bolt11/frame.ts';
import { descriptionFault } from '../../lnurl/pay/metadata.ts';
import { msat } from '../../msat.ts';
import { says } from '../operator/fields.ts';
import { text } from '../operator/text-fields.ts';

function amountFrom(least: number) {
  const rule = `must be a whole number of millisatoshi, at least ${least}`;
  return z
    .int(says(rule))
    .min(least, rule)
    .transform((value) => msat(BigInt(value)));
}

/** `POST /demo/wallet/pay`. */
export const paymentOrder = z.strictObject({
  bolt11: z.string(says('must be a text')).max(MAX_BOLT11_CHARACTERS, 'is too long for an invoice'),
  maxFeeMsat: amountFrom(0).optional(),
});

const MAX_URI_CHARACTERS = 400;

/** `POST /demo/wallet/connect`. */
export const connectOrder = z.strictObject({
  uri: z.string(says('must be pubkey@host:port')).max(MAX_URI_CHARACTERS, 'is too long'),
});

/** `POST /demo/wallet/invoices`. */
export const invoiceOrder = z.strictObject({
  amountMsat: amountFrom(1),
  description: text(descriptionFault).default('Demo invoice'),
});
