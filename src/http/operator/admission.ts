import type { IncomingMessage } from 'node:http';
import type { TicketPurpose, Tickets } from '../../accounts/tickets.ts';
import { type OperatorKeys, unauthorized } from './keys.ts';
import type { OperatorQuery } from './query.ts';

/** What lets somebody in where browsers come. */
export interface Admission {
  readonly keys: OperatorKeys;
  readonly tickets: Tickets;
}

/**
 * FC-28: a browser cannot send the header, and comes with a ticket for this one thing instead. Throws
 * `unauthorized` when there is neither.
 */
export async function admit(
  { headers }: IncomingMessage,
  query: OperatorQuery,
  purpose: TicketPurpose,
  { keys, tickets }: Admission,
): Promise<void> {
  const ticket = query.get('ticket');
  if (headers.authorization !== undefined || ticket === undefined) {
    keys.callerOf(headers.authorization);
  } else if ((await tickets.use(ticket, purpose)) === undefined) {
    throw unauthorized('This ticket is unknown, was used or is over');
  }
}
