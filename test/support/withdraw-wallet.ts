import { expect } from '@jest/globals';
import { descriptionHashOf, type PaymentHash } from '../../src/hex.ts';
import type { NodeInvoice } from '../../src/lightning/node.ts';
import type { WithdrawRequest } from '../../src/lnurl/withdraw/withdraw.ts';
import { msat } from '../../src/msat.ts';
import type { Withdrawal } from '../../src/payments/withdrawal.ts';
import { type Money, PUBLIC_URL } from './money.ts';
import { until } from './wallet.ts';

/** A body of ours: of GEN-5 or GEN-23. */
export interface ClaimAnswer {
  readonly status: string;
  readonly reason?: string;
}

export const OK: ClaimAnswer = { status: 'OK' };

/** What a wallet is told when it gets nothing. */
export function refusal(reason: string): ClaimAnswer {
  return { status: 'ERROR', reason };
}

/** LUD-03, first call, whatever comes of it. */
export async function ask(
  { wallet }: Pick<Money, 'wallet'>,
  url: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await wallet.get(localPath(url));
  expect(status).toBe(200);
  if (body.status !== undefined) assertAnswer(body);
  return body;
}

/** LUD-03, first call, with the looks of a strict wallet at what comes back (LUD03-1, LUD03-2). */
export async function readOffer(
  { wallet }: Pick<Money, 'wallet'>,
  url: string,
): Promise<WithdrawRequest> {
  const { status, body } = await wallet.get(localPath(url));
  expect([status, body]).toEqual([
    200,
    expect.objectContaining({
      tag: 'withdrawRequest',
      k1: expect.stringMatching(/^[0-9a-f]{64}$/),
      defaultDescription: expect.any(String),
    }),
  ]);
  expect(body.callback.startsWith(`${PUBLIC_URL}/`)).toBe(true);
  expect(Number.isSafeInteger(body.minWithdrawable)).toBe(true);
  expect(Number.isSafeInteger(body.maxWithdrawable)).toBe(true);
  expect(body.minWithdrawable).toBeLessThanOrEqual(body.maxWithdrawable);
  return body;
}

/** An invoice of the customer's wallet. */
export async function walletInvoice(
  { network }: Pick<Money, 'network'>,
  amount: bigint | number = 21_000n,
  expirySeconds = 3_600,
): Promise<NodeInvoice> {
  return await network.customer.createInvoice({
    amount: msat(BigInt(amount)),
    descriptionHash: descriptionHashOf('[["text/plain","a wallet"]]'),
    expirySeconds,
    memo: '',
  });
}

/** LUD-03, second call: the answer is exactly OK or a LUD-01 error, always with HTTP 200. */
export async function claim(
  { wallet }: Pick<Money, 'wallet'>,
  { callback, k1 }: Pick<WithdrawRequest, 'callback' | 'k1'>,
  pr: string,
  more: Readonly<Record<string, string>> = {},
): Promise<ClaimAnswer> {
  const { status, body } = await wallet.get(localPath(callback)).query({ k1, pr, ...more });
  expect(status).toBe(200);
  assertAnswer(body);
  return body;
}

/** Both calls and an invoice in between. */
export async function withdraw(
  world: Pick<Money, 'wallet' | 'network'>,
  url: string,
  amount?: bigint | number,
): Promise<{ readonly answer: ClaimAnswer; readonly paymentHash: PaymentHash }> {
  const offer = await readOffer(world, url);
  const invoice = await walletInvoice(world, amount ?? offer.maxWithdrawable);
  return { answer: await claim(world, offer, invoice.bolt11), paymentHash: invoice.paymentHash };
}

/** LUD-01: exactly two members, a short plain reason that a strict wallet shows (GEN-5, GEN-22, GEN-23). */
function assertAnswer(body: ClaimAnswer): void {
  const reason = expect.stringMatching(/^[\x20-\x3b\x3d-\x7e]{1,90}$/);
  expect(body).toEqual(body.status === 'OK' ? OK : { status: 'ERROR', reason });
}

/** The path of one of our public URLs, which stand under another origin than the test's. */
export function localPath(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Claims as they are kept, in no order: a clock that stands still gives them none. */
export async function claimsOf({ store }: Money): Promise<readonly Withdrawal[]> {
  return await store.list({}, 100_000, undefined);
}

/** The claim on this invoice. */
export async function claimOn(
  money: Money,
  { paymentHash }: Pick<NodeInvoice, 'paymentHash'>,
): Promise<Withdrawal | undefined> {
  return (await claimsOf(money)).find((row) => row.paymentHash === paymentHash);
}

/** Waits until the claim on this invoice is in that state. */
export async function moved(
  money: Money,
  invoice: Pick<NodeInvoice, 'paymentHash'>,
  state: Withdrawal['state'],
): Promise<Withdrawal> {
  await until(
    async () => (await claimOn(money, invoice))?.state,
    (now) => now === state,
  );
  const found = await claimOn(money, invoice);
  if (found?.state !== state) throw new Error(`the claim is ${found?.state} again`);
  return found;
}

/** Waits until the node holds the payment of this claim. */
export async function held(
  money: Money,
  invoice: Pick<NodeInvoice, 'paymentHash'>,
): Promise<Withdrawal> {
  await until(
    async () => (await money.network.ours.trackPayment(invoice.paymentHash))?.state,
    (state) => state === 'unknown',
  );
  return await moved(money, invoice, 'sending');
}
