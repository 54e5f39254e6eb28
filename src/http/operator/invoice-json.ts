import { z } from 'zod';
import { msatToJson } from '../../msat.ts';
import type { Invoice, InvoiceState } from '../../payments/invoice.ts';
import { hexJson, msatJson, timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

export const INVOICE_STATES = [
  'open',
  'settled',
  'expired',
  'cancelled',
] as const satisfies readonly InvoiceState[];

/** An invoice as operators read it: never its preimage, which is the payer's proof. */
export const invoiceJson = z
  .strictObject({
    id: z.string(),
    linkId: z.string().meta({ description: 'Id of the pay link or address.' }),
    state: z.enum(INVOICE_STATES),
    amountMsat: msatJson.meta({ description: 'What was asked for.' }),
    receivedMsat: msatJson.meta({ description: 'What came; it may be more.' }).optional(),
    paymentHash: hexJson,
    bolt11: z.string(),
    comment: z.string().meta({ description: 'LUD-12.' }).optional(),
    tag: z.string().meta({ description: 'What stood behind the `+` of the address.' }).optional(),
    surplus: z.boolean().meta({ description: 'Whether a one-time link had been paid already.' }),
    createdAt: timeJson,
    expiresAt: timeJson,
    settledAt: timeJson.optional(),
  })
  .meta({ id: 'Invoice' });

export function invoiceToJson(invoice: Invoice): z.infer<typeof invoiceJson> {
  const { received, comment, tag, state, closedAt } = invoice;
  return {
    id: invoice.id,
    linkId: invoice.payLinkId,
    state,
    amountMsat: msatToJson(invoice.amount),
    ...(received !== undefined && { receivedMsat: msatToJson(received) }),
    paymentHash: invoice.paymentHash,
    bolt11: invoice.bolt11,
    ...(comment !== undefined && { comment }),
    ...(tag !== undefined && { tag }),
    surplus: invoice.surplus,
    createdAt: timeToJson(invoice.createdAt),
    expiresAt: timeToJson(invoice.expiresAt),
    ...(state === 'settled' && closedAt !== undefined && { settledAt: timeToJson(closedAt) }),
  };
}
