import type { IncomingMessage } from 'node:http';
import type { TicketPurpose, Tickets } from '../../accounts/tickets.ts';
import { type Caller, type OperatorKeys, unauthorized } from './keys.ts';
import type { OperatorQuery } from './query.ts';
import { assertMay, type Opening } from './scopes.ts';

/** What lets somebody in where browsers come. */
export interface Admission {
  readonly keys: OperatorKeys;
  readonly tickets: Tickets;
}

/**
 * FC-28: a browser cannot send the header, and comes with a ticket for this one thing instead, which
 * its maker was entitled to; then nobody is answered. Throws `unauthorized` when there is neither.
 */
export async function admit(
  { headers }: IncomingMessage,
  query: OperatorQuery,
  { purpose, opening }: { readonly purpose: TicketPurpose; readonly opening: Opening },
  { keys, tickets }: Admission,
): Promise<Caller | undefined> {
  const ticket = query.get('ticket');
  if (headers.authorization !== undefined || ticket === undefined) {
    const caller = await keys.callerOf(headers.authorization);
    assertMay(caller, opening, 'GET');
    return caller;
  }
  if ((await tickets.use(ticket, purpose)) === undefined) {
    throw unauthorized('This ticket is unknown, was used or is over');
  }
  return undefined;
}
