import { type NewEvent, newEvent } from '../events/event.ts';
import type { Msat } from '../msat.ts';
import type { Random } from '../random.ts';
import { type Withdrawal, type WithdrawalFailure, withdrawalEventData } from './withdrawal.ts';

/** How a claim ends, with what is booked. */
export type WithdrawalEnd =
  | { readonly state: 'paid'; readonly fee: Msat; readonly preimage: string | undefined }
  | { readonly state: 'failed'; readonly reason: WithdrawalFailure };

/** What is told of a claim that ended; `spent`: the last use of its link was paid with it. */
export function withdrawalEndEvents(
  ended: Withdrawal,
  spent: boolean,
  now: number,
  random: Random,
): readonly NewEvent[] {
  const type = ended.state === 'paid' ? 'withdrawal.paid' : 'withdrawal.failed';
  const link = { id: ended.withdrawLinkId, kind: 'withdraw' } as const;
  return [
    newEvent(type, withdrawalEventData(ended), now, random),
    ...(spent ? [newEvent('link.spent', link, now, random)] : []),
  ];
}
