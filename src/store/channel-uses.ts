import { RequestError } from '../errors.ts';
import { type Msat, satoshi } from '../msat.ts';
import type { Channel } from '../payments/channel.ts';
import type { ClaimLimits } from '../payments/withdrawals.ts';
import { giveBackToDay, takeFromDay } from './budgets.ts';
import type { Queries } from './sql.ts';

/**
 * Takes a use of the offer, and what is given away from the day. The row of the offer is locked by its
 * update, so that two requests never share the last use.
 */
export async function takeUse(tx: Queries, channel: Channel, limits: ClaimLimits): Promise<void> {
  const { channelOfferId, createdAt } = channel;
  const rows = await tx.query(
    `update channel_offers set uses_taken = uses_taken + 1
      where id = $1 and uses_taken < uses and disabled_at is null and deleted_at is null
        and (valid_from is null or valid_from <= $2) and (expires_at is null or expires_at > $2)
     returning id`,
    [channelOfferId, createdAt],
  );
  if (rows.length === 0) {
    throw new RequestError('link-spent', 'This channel offer is not open any more.');
  }
  await takeFromDay(tx, createdAt, pushedBy(channel), limits);
}

/**
 * With one use there is one k1, and closing it is the end of the offer. Answers whether that was so.
 */
export async function closeSingle(tx: Queries, { channelOfferId }: Channel): Promise<boolean> {
  const rows = await tx.query(
    `update channel_offers set uses_taken = 1, uses_spent = 1
      where id = $1 and uses = 1 and uses_taken = 0
     returning id`,
    [channelOfferId],
  );
  return rows.length > 0;
}

/**
 * A failed request gives its use and its gift back, an opened one neither. Answers whether the last
 * use of the offer is spent by it.
 */
export async function settleUse(tx: Queries, channel: Channel): Promise<boolean> {
  const { channelOfferId, state, createdAt } = channel;
  const isOpened = state === 'opened';
  if (!isOpened) await giveBackToDay(tx, createdAt, pushedBy(channel));
  const [offer] = await tx.query<{ uses: bigint; uses_spent: bigint }>(
    `update channel_offers
        set uses_taken = uses_taken - $2, uses_spent = uses_spent + $3
      where id = $1
     returning uses, uses_spent`,
    [channelOfferId, isOpened ? 0 : 1, isOpened ? 1 : 0],
  );
  if (!offer) throw new Error('a channel has no offer');
  return isOpened && offer.uses_spent === offer.uses;
}

function pushedBy({ pushSat }: Channel): Msat {
  return satoshi(BigInt(pushSat));
}
