import type { NodePayment, PaymentRequest } from './calls.ts';
import type { LndNode } from './lnd.ts';

const FEE_LIMIT_MSAT = '100000';
const TIMEOUT_SECONDS = 30;

export type PaymentUpdates = AsyncGenerator<NodePayment, void, undefined>;

/** Has a node pay an invoice: all that it says of it, from the first record to the end. */
export function sendPayment(
  node: LndNode,
  bolt11: string,
  options: Partial<PaymentRequest> = {},
): PaymentUpdates {
  return node.client.stream('routerrpc.Router/SendPaymentV2', {
    ...{ fee_limit_msat: FEE_LIMIT_MSAT, timeout_seconds: TIMEOUT_SECONDS, ...options },
    payment_request: bolt11,
  });
}

/** Has a node pay an invoice and waits for how it ends. */
export async function pay(
  node: LndNode,
  bolt11: string,
  options: Partial<PaymentRequest> = {},
): Promise<NodePayment> {
  return await nextWith(['SUCCEEDED', 'FAILED'], sendPayment(node, bolt11, options));
}

/** Reads on until the payment has one of the states; what comes later can still be read. */
export async function nextWith(
  states: readonly NodePayment['status'][],
  updates: PaymentUpdates,
): Promise<NodePayment> {
  for (;;) {
    const { value } = await updates.next();
    if (!value) throw new Error(`the payment was never ${states.join(' or ')}`);
    if (states.includes(value.status)) return value;
  }
}
