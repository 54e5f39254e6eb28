import type { RequestHandler } from 'express';
import { MemoryLimit, type Rate, type RequestLimit } from '../limits/request-limit.ts';
import { tooMany } from '../limits/too-many.ts';
import type { AdmittedLocals } from './mount.ts';

/** Whoever has a key is known, and may make links for a whole shop at once: a hundred requests a second. */
export const REQUESTS_PER_KEY: Rate = { requests: 6_000, windowSeconds: 60 };

type Handler = RequestHandler<unknown, unknown, unknown, unknown, AdmittedLocals>;

/** A program that runs wild is told when to go on, and does not take the server from the wallets. */
export function limitsKey(limit: RequestLimit = new MemoryLimit(REQUESTS_PER_KEY)): Handler {
  return async (_req, res, next) => {
    const waitMs = await limit.take(res.locals.caller.apiKeyId);
    if (waitMs !== undefined) throw tooMany(res, waitMs);
    next();
  };
}
