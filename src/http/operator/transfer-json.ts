import { z } from 'zod';
import { signedMsatToJson } from '../../msat.ts';
import { TRANSFER_KINDS, type Transfer } from '../../payments/ledger.ts';
import { msatJson, signedMsatJson, timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

/** A transfer as operators read it. */
export const transferJson = z
  .strictObject({
    id: z.string(),
    kind: z.enum(TRANSFER_KINDS),
    reference: z.string().meta({ description: 'Id of what it was for.' }),
    note: z.string().optional(),
    entries: z
      .array(z.strictObject({ accountId: z.string(), amountMsat: signedMsatJson }))
      .meta({ description: 'What each account gains by it. They sum to zero.' }),
    createdAt: timeJson,
  })
  .meta({ id: 'Transfer' });

/** A transfer made by hand, in the answer that made it. */
export const madeTransferJson = transferJson
  .extend({ from: z.string(), to: z.string(), amountMsat: msatJson })
  .meta({ id: 'MadeTransfer' });

export function transferToJson(transfer: Transfer): z.infer<typeof transferJson> {
  const { id, kind, reference, note, entries, createdAt } = transfer;
  return {
    id,
    kind,
    reference,
    ...(note !== undefined && { note }),
    entries: entries.map(({ accountId, amount }) => ({
      accountId,
      amountMsat: signedMsatToJson(amount),
    })),
    createdAt: timeToJson(createdAt),
  };
}
