import { z } from 'zod';
import type { PaymentHash } from '../../hex.ts';
import type { LndCalls } from './calls.ts';
import { RPCS } from './rpcs.ts';

const OPEN = z.object({
  channels: z.array(
    z.object({
      pending_htlcs: z.array(
        z.object({ hash_lock: z.custom<Uint8Array>((value) => value instanceof Uint8Array) }),
      ),
    }),
  ),
});

const CLOSING = z.object({
  pending_force_closing_channels: z.array(z.unknown()),
  waiting_close_channels: z.array(z.unknown()),
});

/**
 * Whether a channel may hold money for a payment. A record can say IN_FLIGHT for ever although none
 * does: LND was stopped in the moment before its channel knew of it (lnd.md 2.4). LND does not show
 * what closing channels hold, so while one closes the answer is yes.
 */
export async function mayBeInFlight(
  calls: LndCalls,
  paymentHash: PaymentHash,
  signal?: AbortSignal,
): Promise<boolean> {
  // Twice: a channel that begins to close meanwhile is in one of the lists.
  const before = await calls.unary(RPCS.pendingChannels, {}, CLOSING, signal);
  const { channels } = await calls.unary(RPCS.listChannels, {}, OPEN, signal);
  const after = await calls.unary(RPCS.pendingChannels, {}, CLOSING, signal);
  const isClosing = [before, after].some(
    (pending) =>
      pending.pending_force_closing_channels.length + pending.waiting_close_channels.length > 0,
  );
  if (isClosing) return true;
  return channels.some(({ pending_htlcs }) =>
    pending_htlcs.some(({ hash_lock }) => Buffer.from(hash_lock).toString('hex') === paymentHash),
  );
}
