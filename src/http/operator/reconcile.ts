import type { Watchdog } from '../../payments/watchdog.ts';
import { type Answer, found } from './answer.ts';
import type { Receipts } from './idempotency.ts';
import { reconciledJson, reportToJson } from './reconcile-json.ts';
import { json, type OperatorCall, type OperatorRoute } from './route.ts';
import { SERVER_RECORDS } from './scopes.ts';

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
  return [
    {
      path: '/reconcile',
      opening: SERVER_RECORDS,
      methods: {
        GET: {
          summary: 'Tells whether ledger and node agreed when that was looked at last.',
          answers: { 200: json(reconciledJson) },
          handle: last,
        },
        POST: {
          summary: 'Holds all of the ledger against the node.',
          answers: { 200: json(reconciledJson) },
          refusals: ['node-rejected', 'node-unavailable', 'node-timeout'],
          handle: check,
        },
      },
    },
  ];
}
