import type { RequestHandler } from 'express';
import { RequestError } from '../../errors.ts';
import { hostKind, parseWebUrl } from '../../lnurl/web-url.ts';

/**
 * Turns away what another site makes a browser send. Programs send neither header and are let in:
 * there is no key to be misused here, and the money is play money.
 */
export function sameOriginOnly(publicOrigin: string): RequestHandler {
  return (req, _res, next) => {
    const { origin, host } = req.headers;
    const site = req.get('sec-fetch-site') ?? 'none';
    const isOurs = origin === undefined || origin === publicOrigin || isThisMachine(origin, host);
    if (isOurs && (site === 'none' || site === 'same-origin')) return next();
    throw new RequestError('forbidden', 'The demo wallet is not for other sites');
  };
}

/**
 * A page that this machine served under another of its names. Only such names count: the Host header
 * says whatever a stranger's DNS wants it to say.
 */
function isThisMachine(origin: string, host: string | undefined): boolean {
  const url = parseWebUrl(origin);
  return url !== undefined && hostKind(url.hostname) === 'loopback' && url.host === host;
}
