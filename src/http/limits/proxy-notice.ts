import type { IncomingMessage } from 'node:http';
import type { Log } from '../../log.ts';

/**
 * FC-26: says once a start that there seems to be a proxy which the configuration does not know. What
 * it brings is served all the same.
 */
export function proxyNotice(trustedProxies: number, log: Log): (req: IncomingMessage) => void {
  let isTold = trustedProxies > 0;
  return (req) => {
    if (isTold || req.headers['x-forwarded-for'] === undefined) return;
    isTold = true;
    log.warn(
      'a request carries X-Forwarded-For and no proxy is trusted: behind a proxy, set BOLTGATE_TRUST_PROXY',
    );
  };
}
