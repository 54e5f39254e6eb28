import { z } from 'zod';
import type { Ticket, Tickets } from '../../accounts/tickets.ts';
import { type Answer, created } from './answer.ts';
import { says } from './fields.ts';
import { timeJson } from './json-fields.ts';
import { type CallWith, json, type OperatorRoute, reads } from './route.ts';
import { EVENTS } from './scopes.ts';
import { timeToJson } from './time.ts';

/** A body that asks for a ticket: there is nothing to say about it. */
export const newTicket = z.strictObject({}, says('must be a JSON object'));

/** A ticket in the answer that made it. */
export const ticketJson = z
  .strictObject({
    ticket: z.string().meta({ description: 'Good once, as `?ticket=`.' }),
    expiresAt: timeJson,
  })
  .meta({ id: 'Ticket' });

/** `/events/tickets`: admission to `/events` for a browser (FC-28). */
export function ticketRoutes(tickets: Tickets): OperatorRoute[] {
  const issue = async (call: CallWith<typeof newTicket>): Promise<Answer> => {
    const { caller, fields, receiptOf } = call;
    fields();
    const answer = ({ ticket, expiresAt }: Ticket): Answer =>
      created({ ticket, expiresAt: timeToJson(expiresAt) });
    const ticket = await tickets.issue(
      caller.apiKeyId,
      'events',
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(ticket);
  };
  return [
    {
      path: '/events/tickets',
      opening: EVENTS,
      methods: {
        POST: {
          summary: 'Makes a ticket with which a browser may read `/events` once, and soon.',
          ...reads(newTicket, issue),
          answers: { 201: json(ticketJson) },
        },
      },
    },
  ];
}
