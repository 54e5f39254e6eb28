import type { RequestHandler } from 'express';
import { type WithdrawLink, withdrawLinkState } from '../../accounts/withdraw-link.ts';
import { msatToJson } from '../../msat.ts';
import { csvLine } from './csv.ts';
import type { AdmittedLocals } from './mount.ts';
import { OperatorQuery } from './query.ts';
import { stream } from './stream.ts';
import { timeToJson } from './time.ts';
import { ownBatch } from './withdraw-batches.ts';
import { formatParameter } from './withdraw-formats.ts';
import type { WithdrawLinkWriting } from './withdraw-link-json.ts';
import { everyVoucher } from './withdraw-vouchers.ts';

/**
 * `/withdraw-batches/:id/vouchers` as CSV, all of it in one answer: for `Accept: text/csv` and for
 * `?format=csv`. Anything else is left to the list behind it.
 */
export function writesVouchersAsCsv(
  parts: WithdrawLinkWriting,
): RequestHandler<{ readonly id: string }, unknown, unknown, unknown, AdmittedLocals> {
  const { withdrawLinks } = parts;
  return async (req, res, next) => {
    const format = formatParameter.read(new OperatorQuery(req.url));
    if (format !== 'csv' && (format === 'json' || !acceptsCsv(req.headers.accept))) return next();
    const { id } = await ownBatch(withdrawLinks, res.locals.caller, req.params.id);
    res.setHeader('content-type', 'text/csv; charset=utf-8; header=present');
    res.setHeader('content-disposition', `attachment; filename="${id}.csv"`);
    res.setHeader('cache-control', 'no-store');
    if (req.method === 'HEAD') return void res.end();
    await stream(res, lines(id, parts));
  };
}

/** A browser or a program that takes anything gets JSON: CSV is for who asks for it. */
function acceptsCsv(accept: string | undefined): boolean {
  return accept !== undefined && /\btext\/csv\b/i.test(accept) && !/\bjson\b/i.test(accept);
}

const COLUMNS = [
  'id',
  'url',
  'lnurl',
  'lud17',
  'minMsat',
  'maxMsat',
  'state',
  'expiresAt',
  'description',
] as const;

async function* lines(batchId: string, parts: WithdrawLinkWriting): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for await (const link of everyVoucher(parts.withdrawLinks, batchId)) {
    yield csvLine(cellsOf(link, parts));
  }
}

function cellsOf(link: WithdrawLink, { withdrawLinks, urls, clock }: WithdrawLinkWriting) {
  const { url, lnurl, lud17 } = urls.withdrawForms(withdrawLinks.token(link));
  return [
    link.id,
    url,
    lnurl,
    lud17,
    msatToJson(link.min),
    msatToJson(link.max),
    withdrawLinkState(link, clock.now()),
    link.expiresAt === undefined ? undefined : timeToJson(link.expiresAt),
    link.description,
  ];
}
