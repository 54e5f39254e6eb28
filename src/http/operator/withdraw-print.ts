import { type Response, Router } from 'express';
import { z } from 'zod';
import type { Ticket, TicketPurpose, Tickets } from '../../accounts/tickets.ts';
import { type WithdrawLink, withdrawLinkState } from '../../accounts/withdraw-link.ts';
import { pageHeaders } from '../pages/csp.ts';
import { satRange } from '../pages/sat-text.ts';
import { timeText } from '../pages/time-text.ts';
import { type PrintedVoucher, type SheetWriter, sheetWriter } from '../pages/voucher-sheet.ts';
import { admit } from './admission.ts';
import { type Answer, created } from './answer.ts';
import { urlJson } from './json-fields.ts';
import type { OperatorKeys } from './keys.ts';
import { ticketParameter } from './parameters.ts';
import { OperatorQuery } from './query.ts';
import { type CallWith, type DescribedPath, json, type OperatorRoute, reads } from './route.ts';
import { PAYOUTS } from './scopes.ts';
import { stream } from './stream.ts';
import { newTicket, ticketJson } from './tickets.ts';
import { timeToJson } from './time.ts';
import { ownBatch } from './withdraw-batches.ts';
import type { WithdrawLinkWriting } from './withdraw-link-json.ts';
import { everyVoucher } from './withdraw-vouchers.ts';

export interface PrintParts extends WithdrawLinkWriting {
  readonly tickets: Tickets;
}

const printTicketJson = ticketJson
  .extend({ url: urlJson.meta({ description: 'The page, with the ticket.' }) })
  .meta({ id: 'PrintTicket' });

/** `/withdraw-batches/:id/print-tickets`: a browser may print this batch, once and soon (FC-28). */
export function printTicketRoutes(parts: PrintParts): OperatorRoute[] {
  const { withdrawLinks, urls, tickets } = parts;
  const issue = async (call: CallWith<typeof newTicket>): Promise<Answer> => {
    const { id, caller, fields, receiptOf } = call;
    fields();
    await ownBatch(withdrawLinks, caller, id);
    const answer = ({ ticket, expiresAt }: Ticket): Answer =>
      created({
        ticket,
        url: `${urls.withdrawBatch(id).print}?ticket=${ticket}`,
        expiresAt: timeToJson(expiresAt),
      });
    const ticket = await tickets.issue(
      caller.apiKeyId,
      purposeOf(id),
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(ticket);
  };
  return [
    {
      path: '/withdraw-batches/:id/print-tickets',
      opening: PAYOUTS,
      methods: {
        POST: {
          summary: 'Makes a ticket with which a browser may print a batch once, and soon.',
          ...reads(newTicket, issue),
          answers: { 201: json(printTicketJson) },
        },
      },
    },
  ];
}

/** What the document says of the sheet, which is written as a page and not as an answer. */
export const PRINT_PATH: DescribedPath = {
  path: '/withdraw-batches/:id/print',
  opening: PAYOUTS,
  methods: {
    GET: {
      summary: 'A page to print the vouchers of a batch from, for a key or a ticket.',
      query: [ticketParameter],
      answers: { 200: { 'text/html': z.string() } },
    },
  },
};

/** `/withdraw-batches/:id/print`: the sheet, for a key or a ticket. To be mounted before keys are asked for. */
export function printRouter(parts: PrintParts, keys: OperatorKeys): Router {
  const write = sheetWriter();
  const { tickets } = parts;
  const router = Router({ caseSensitive: true, strict: true });
  const path = '/withdraw-batches/:id/print';
  router.get(path, pageHeaders());
  router.get(path, async (req, res, next) => {
    // The framework takes a HEAD for a GET, and a ticket is too good for that.
    if (req.method !== 'GET') return next();
    const { id } = req.params;
    const wanted = { purpose: purposeOf(id), opening: PAYOUTS };
    const caller = await admit(req, new OperatorQuery(req.url), wanted, { keys, tickets });
    if (caller) await ownBatch(parts.withdrawLinks, caller, id);
    await print(id, parts, write, res);
  });
  return router;
}

function purposeOf(batchId: string): TicketPurpose {
  return `print/${batchId}`;
}

async function print(
  id: string,
  parts: PrintParts,
  write: SheetWriter,
  res: Response,
): Promise<void> {
  const { withdrawLinks, urls } = parts;
  const { description, count } = await withdrawLinks.batch(id);
  const { open, notYet } = await withdrawLinks.voucherCounts(id);
  const printed = open + notYet;
  const about = {
    batch: id,
    description,
    count: printed,
    leftOut: count - printed,
    site: new URL(urls.origin).host,
  };
  res.setHeader('content-type', 'text/html; charset=utf-8');
  await stream(res, write(about, printable(id, parts)));
}

/** A voucher that is used or over would only disappoint whoever is given it. */
async function* printable(
  batchId: string,
  parts: WithdrawLinkWriting,
): AsyncGenerator<PrintedVoucher> {
  const { withdrawLinks, clock } = parts;
  for await (const link of everyVoucher(withdrawLinks, batchId)) {
    const state = withdrawLinkState(link, clock.now());
    if (state === 'open' || state === 'notYet') yield printedVoucher(link, parts);
  }
}

function printedVoucher(
  link: WithdrawLink,
  { withdrawLinks, urls }: WithdrawLinkWriting,
): PrintedVoucher {
  return {
    id: link.id,
    lnurl: urls.withdrawForms(withdrawLinks.token(link)).lnurl,
    amount: satRange(link.min, link.max),
    description: link.description,
    until: link.expiresAt === undefined ? undefined : timeText(link.expiresAt),
  };
}
