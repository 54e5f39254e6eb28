import { z } from 'zod';
import { signedMsatToJson } from '../../msat.ts';
import { type Account, type AccountEntry, TRANSFER_KINDS } from '../../payments/ledger.ts';
import { countJson, signedMsatJson, timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

/** An account as operators read it. */
export const accountJson = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    balanceMsat: signedMsatJson,
    floorMsat: signedMsatJson
      .meta({ description: 'The balance never falls below; absent: without end.' })
      .optional(),
    createdAt: timeJson,
  })
  .meta({ id: 'Account' });

/** A line of an account as operators read it. */
export const accountEntryJson = z
  .strictObject({
    seq: countJson.meta({ description: 'Counts the lines of an account from 1, without a gap.' }),
    transferId: z.string(),
    kind: z.enum(TRANSFER_KINDS),
    reference: z.string().meta({ description: 'Id of what it was for.' }),
    note: z.string().optional(),
    amountMsat: signedMsatJson,
    balanceMsat: signedMsatJson.meta({ description: 'Behind this line.' }),
    createdAt: timeJson,
  })
  .meta({ id: 'AccountEntry' });

export function accountToJson(account: Account): z.infer<typeof accountJson> {
  const { id, name, balance, floor, createdAt } = account;
  return {
    id,
    name,
    balanceMsat: signedMsatToJson(balance),
    ...(floor !== undefined && { floorMsat: signedMsatToJson(floor) }),
    createdAt: timeToJson(createdAt),
  };
}

export function accountEntryToJson(line: AccountEntry): z.infer<typeof accountEntryJson> {
  const { note, amount, balance, createdAt, ...entry } = line;
  return {
    ...entry,
    ...(note !== undefined && { note }),
    amountMsat: signedMsatToJson(amount),
    balanceMsat: signedMsatToJson(balance),
    createdAt: timeToJson(createdAt),
  };
}
