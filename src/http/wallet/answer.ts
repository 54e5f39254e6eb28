import type { ServerResponse } from 'node:http';
import { visible } from '../../errors.ts';

/**
 * Headers of every answer to a wallet: browsers must be able to read it from any origin (LUD-01),
 * and nothing may keep it. Set on refusals too.
 */
const HEADERS = [
  ['content-type', 'application/json; charset=utf-8'],
  ['access-control-allow-origin', '*'],
  ['access-control-allow-methods', 'GET, HEAD, OPTIONS'],
  ['access-control-allow-headers', '*'],
  ['cross-origin-resource-policy', 'cross-origin'],
  ['x-content-type-options', 'nosniff'],
  ['cache-control', 'no-store'],
  ['vary', 'Accept'],
] as const;

const FLAT_HEADERS = HEADERS.flat();
const PREFLIGHT_SECONDS = 86_400;
const REASON_MAX_LENGTH = 90;

/** An answer that is written out and may be sent again as it is. */
export interface PreparedAnswer {
  readonly text: string;
  readonly headers: string[];
}

export function prepareAnswer(body: object): PreparedAnswer {
  const text = JSON.stringify(body);
  return { text, headers: [...FLAT_HEADERS, 'content-length', String(Buffer.byteLength(text))] };
}

/** LUD-01: one JSON object with HTTP 200, which is also the status of a refusal. */
export function answerWallet(res: ServerResponse, body: object, status = 200): void {
  sendPrepared(res, prepareAnswer(body), status);
}

export function sendPrepared(res: ServerResponse, answer: PreparedAnswer, status = 200): void {
  res.writeHead(status, answer.headers);
  res.end(answer.text);
}

/** LUD-01: why a wallet does not get what it asked for. HTTP 200, for some drop the body otherwise. */
export function refuseWallet(res: ServerResponse, error: unknown, status = 200): void {
  answerWallet(res, lnurlError(error), status);
}

/** The body of a refusal: exactly two members (checklist GEN-5). */
export function lnurlError(error: unknown): { status: 'ERROR'; reason: string } {
  return { status: 'ERROR', reason: asReason(visible(error).message) };
}

/** LUD-01: browsers ask before they call; the answer is the same for every route. */
export function answerPreflight(res: ServerResponse): void {
  res.writeHead(204, [
    ...FLAT_HEADERS.slice(2),
    'access-control-max-age',
    String(PREFLIGHT_SECONDS),
  ]);
  res.end();
}

/** Wallets cut a reason at 90 characters and show it raw, so it is short, plain and without markup. */
function asReason(message: string): string {
  const plain = message.replace(/[^\x20-\x7e]|</g, ' ').trim();
  return plain.length > REASON_MAX_LENGTH ? `${plain.slice(0, REASON_MAX_LENGTH - 3)}...` : plain;
}
