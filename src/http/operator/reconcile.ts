import { signedMsatToJson } from '../../msat.ts';
import type { Difference } from '../../payments/difference.ts';
import type { ReconcileReport } from '../../payments/reconcile-report.ts';
import type { Watchdog } from '../../payments/watchdog.ts';
import { type Answer, found } from './answer.ts';
import type { Receipts } from './idempotency.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { SERVER_RECORDS } from './scopes.ts';
import { timeToJson } from './time.ts';

/** `/reconcile`: whether ledger and node agree. GET tells what was found last, POST looks at all of it. */
export function reconcileRoutes(
  watchdog: Pick<Watchdog, 'check' | 'report' | 'state'>,
  receipts: Pick<Receipts, 'add'>,
): OperatorRoute[] {
  const last = async (): Promise<Answer> => {
    const { state, report } = watchdog;
    return found({ state, ...(report && { report: reportToJson(report) }) });
  };
  const check = async ({ receiptOf }: OperatorCall): Promise<Answer> => {
    const report = await watchdog.check();
    const answer = found({ state: watchdog.state, report: reportToJson(report) });
    if (receiptOf) await receipts.add(receiptOf(answer));
    return answer;
  };
  return [{ path: '/reconcile', opening: SERVER_RECORDS, methods: { GET: last, POST: check } }];
}

function reportToJson({ at, held, differences, more, ...report }: ReconcileReport): object {
  return {
    at: timeToJson(at),
    ...report,
    heldMsat: signedMsatToJson(held),
    differences: differences.map(differenceToJson),
    ...(more > 0 && { more }),
  };
}

function differenceToJson({ kind, id, paymentHash, found, expected }: Difference): object {
  return {
    kind,
    id,
    ...(paymentHash !== undefined && { paymentHash }),
    ...(found !== undefined && { foundMsat: signedMsatToJson(found) }),
    ...(expected !== undefined && { expectedMsat: signedMsatToJson(expected) }),
  };
}
