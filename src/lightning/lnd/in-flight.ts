import { z } from 'zod';
import { hexToBytes, type PaymentHash } from '../../hex.ts';
import type { LndCalls } from './calls.ts';
import { hashBytesField } from './fields.ts';
import { RPCS } from './rpcs.ts';
import { isUnknownPayment, LndFailure } from './status.ts';

const ATTEMPTS = z.object({
  status: z.string(),
  htlcs: z.array(
    z.object({
      status: z.string(),
      route: z.object({ hops: z.array(z.object({ chan_id: z.string() })).min(1) }),
    }),
  ),
});

const OPEN = z.object({
  channels: z.array(
    z.object({
      active: z.boolean(),
      chan_id: z.string(),
      alias_scids: z.array(z.string()),
      pending_htlcs: z.array(z.object({ hash_lock: hashBytesField })),
    }),
  ),
});

type Channel = z.infer<typeof OPEN>['channels'][number];

const CLOSING = z.object({
  pending_force_closing_channels: z.array(z.unknown()),
  waiting_close_channels: z.array(z.unknown()),
});

/**
 * Whether a channel may hold money for a payment. A record can say IN_FLIGHT for ever although none
 * does: LND was stopped in the moment before its channel knew of it (lnd.md 2.4). Of what LND does not
 * show the answer is yes: what closing channels hold, what a peer that is away has been sent, and
 * what a payment without an attempt will do next.
 */
export async function mayBeInFlight(
  calls: LndCalls,
  paymentHash: PaymentHash,
  signal?: AbortSignal,
): Promise<boolean> {
  const ways = await waysOf(calls, paymentHash, signal);
  if (ways === 'any') return true;
  // Twice: a channel that begins to close meanwhile is in one of the lists.
  if (await isOneClosing(calls, signal)) return true;
  const { channels } = await calls.unary(RPCS.listChannels, {}, OPEN, signal);
  if (await isOneClosing(calls, signal)) return true;
  return channels.some((channel) => mayHold(channel, paymentHash, ways));
}

/** An HTLC that only the peer has signed for is not listed until he is back and we have signed too. */
function mayHold(channel: Channel, paymentHash: PaymentHash, ways: ReadonlySet<string>): boolean {
  const { active, chan_id, alias_scids, pending_htlcs } = channel;
  if (pending_htlcs.some(({ hash_lock }) => hash_lock === paymentHash)) return true;
  return !active && [chan_id, ...alias_scids].some((id) => ways.has(id));
}

/** The first channels of the attempts that are under way; `any` when the next may be another. */
async function waysOf(
  calls: LndCalls,
  paymentHash: PaymentHash,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string> | 'any'> {
  const asked = { payment_hash: hexToBytes(paymentHash), no_inflight_updates: false };
  try {
    for await (const payment of calls.stream(RPCS.trackPayment, asked, ATTEMPTS, signal)) {
      const isOver = payment.status === 'SUCCEEDED' || payment.status === 'FAILED';
      const underWay = payment.htlcs.filter(({ status }) => status === 'IN_FLIGHT');
      if (underWay.length === 0 && !isOver) return 'any';
      return new Set(underWay.flatMap(({ route }) => route.hops[0]?.chan_id ?? []));
    }
  } catch (error) {
    if (error instanceof LndFailure && isUnknownPayment(error)) return new Set();
    throw error;
  }
  return 'any';
}

async function isOneClosing(calls: LndCalls, signal: AbortSignal | undefined): Promise<boolean> {
  const { pending_force_closing_channels: byForce, waiting_close_channels: waiting } =
    await calls.unary(RPCS.pendingChannels, {}, CLOSING, signal);
  return byForce.length + waiting.length > 0;
}
