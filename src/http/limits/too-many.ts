import type { ServerResponse } from 'node:http';
import { RequestError } from '../../errors.ts';

const SECOND_MS = 1_000;

/** Says when to come back (RFC 9110, 10.2.3), and gives the refusal to be thrown. */
export function tooMany(res: ServerResponse, waitMs: number): RequestError {
  const seconds = Math.max(1, Math.ceil(waitMs / SECOND_MS));
  res.setHeader('retry-after', String(seconds));
  return new RequestError('too-many-requests', `Too many requests, try again in ${seconds} s`);
}
