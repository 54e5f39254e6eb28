import { z } from 'zod';
import type { Ticket, Tickets } from '../../accounts/tickets.ts';
import { type Answer, created } from './answer.ts';
import { readFields, says } from './fields.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { EVENTS } from './scopes.ts';
import { timeToJson } from './time.ts';

const newTicket = z.strictObject({}, says('must be a JSON object'));

/** `/events/tickets`: admission to `/events` for a browser (FC-28). */
export function ticketRoutes(tickets: Tickets): OperatorRoute[] {
  const issue = async ({ caller, body, receiptOf }: OperatorCall): Promise<Answer> => {
    readFields(newTicket, body());
    const answer = ({ ticket, expiresAt }: Ticket): Answer =>
      created({ ticket, expiresAt: timeToJson(expiresAt) });
    const ticket = await tickets.issue(
      caller.apiKeyId,
      'events',
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(ticket);
  };
  return [{ path: '/events/tickets', opening: EVENTS, methods: { POST: issue } }];
}
