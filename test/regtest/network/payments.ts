import type { NodePayment, PaymentRequest } from './calls.ts';
import type { LndNode } from './lnd.ts';

const FEE_LIMIT_MSAT = '100000';
const TIMEOUT_SECONDS = 30;
/** More than lnd asks for at the end of a way. */
const FINAL_BLOCKS = 90;

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

/** Has a node pay more than an invoice asks for, which wallets may do and no wallet of lnd does. */
export async function payMore(
  node: LndNode,
  bolt11: string,
  amountMsat: number,
): Promise<NodePayment['htlcs'][number]> {
  const { client } = node;
  const read = await client.call('lnrpc.Lightning/DecodePayReq', { pay_req: bolt11 });
  const total_amt_msat = String(amountMsat);
  const { routes } = await client.call('lnrpc.Lightning/QueryRoutes', {
    ...{ pub_key: read.destination, amt_msat: total_amt_msat, final_cltv_delta: FINAL_BLOCKS },
  });
  const last = routes[0]?.hops.at(-1);
  if (!routes[0] || !last) throw new Error('there is no route');
  const mpp_record = { total_amt_msat, payment_addr: read.payment_addr };
  const hops = [...routes[0].hops.slice(0, -1), { ...last, mpp_record }];
  return await client.call('routerrpc.Router/SendToRouteV2', {
    ...{ payment_hash: Buffer.from(read.payment_hash, 'hex'), route: { ...routes[0], hops } },
  });
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
