import type { Request, RequestHandler } from 'express';
import { RequestError } from '../../errors.ts';

/**
 * Lets only pages of the login host itself change anything. Browsers tell of every POST where it
 * comes from, and no page can make them lie; who does not tell is refused.
 */
export function onlyFrom(origin: string): RequestHandler {
  return (req, _res, next) => {
    if (!isFrom(origin, req)) {
      throw new RequestError('forbidden', `Only the page at ${origin}/login may do this`);
    }
    next();
  };
}

function isFrom(origin: string, req: Request): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  return req.headers.origin === origin;
}
