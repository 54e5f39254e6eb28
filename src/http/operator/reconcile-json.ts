import { z } from 'zod';
import { signedMsatToJson } from '../../msat.ts';
import { DIFFERENCE_KINDS, type Difference } from '../../payments/difference.ts';
import type { ReconcileReport } from '../../payments/reconcile-report.ts';
import { LEDGER_STATES } from '../../payments/watchdog.ts';
import { countJson, hexJson, signedMsatJson, timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

const differenceJson = z
  .strictObject({
    kind: z.enum(DIFFERENCE_KINDS),
    id: z.string().meta({
      description: 'Of the withdrawal, the invoice or the account; `ledger` for the sum.',
    }),
    paymentHash: hexJson.optional(),
    foundMsat: signedMsatJson.meta({ description: 'What stands in our books.' }).optional(),
    expectedMsat: signedMsatJson.meta({ description: 'What should stand there.' }).optional(),
  })
  .meta({ id: 'Difference' });

const reportJson = z
  .strictObject({
    at: timeJson,
    scope: z.enum(['full', 'recent']),
    agrees: z.boolean(),
    payments: countJson,
    invoices: countJson,
    heldMsat: signedMsatJson.meta({ description: 'What the node holds for us by our ledger.' }),
    foreign: z
      .strictObject({ payments: countJson, invoices: countJson })
      .meta({ description: 'What other programs on the same node did.' }),
    pending: countJson.meta({ description: 'Claims that are under way.' }),
    decided: countJson.meta({
      description: 'Claims that a person decided and of which the node knows nothing.',
    }),
    differences: z.array(differenceJson),
    more: countJson.meta({ description: 'Differences that are not listed.' }).optional(),
  })
  .meta({ id: 'ReconcileReport' });

/** How ledger and node stand to each other, with the last look if there was one. */
export const reconciledJson = z
  .strictObject({ state: z.enum(LEDGER_STATES), report: reportJson.optional() })
  .meta({ id: 'Reconciled' });

export function reportToJson(found: ReconcileReport): z.infer<typeof reportJson> {
  const { at, held, differences, more, ...report } = found;
  return {
    at: timeToJson(at),
    ...report,
    heldMsat: signedMsatToJson(held),
    differences: differences.map(differenceToJson),
    ...(more > 0 && { more }),
  };
}

function differenceToJson(difference: Difference): z.infer<typeof differenceJson> {
  const { kind, id, paymentHash, found, expected } = difference;
  return {
    kind,
    id,
    ...(paymentHash !== undefined && { paymentHash }),
    ...(found !== undefined && { foundMsat: signedMsatToJson(found) }),
    ...(expected !== undefined && { expectedMsat: signedMsatToJson(expected) }),
  };
}
