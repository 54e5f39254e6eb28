import type { IncomingMessage } from 'node:http';
import { Router } from 'express';
import { isLocalAddress } from './local-address.ts';

export interface MetricsParts {
  /** All that is measured, in the format of Prometheus. Looks into the store. */
  readonly readMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** What proxies write. One that writes none of them must be told not to hand `/metrics` over. */
const OF_PROXIES = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'];

/**
 * `/metrics`: for whoever stands in the same network and asks us directly, without a key. To all others
 * there is nothing here: it tells how much a shop sells.
 */
export function metricsRouter({ readMetrics }: MetricsParts): Router {
  const router = Router();
  router.get('/metrics', async (req, res, next) => {
    if (!asksDirectly(req)) return next('router');
    const { contentType, text } = await readMetrics();
    res.set({ 'content-type': contentType, 'cache-control': 'no-store' }).end(text);
  });
  return router;
}

function asksDirectly({ headers, socket }: IncomingMessage): boolean {
  if (OF_PROXIES.some((name) => headers[name] !== undefined)) return false;
  return isLocalAddress(socket.remoteAddress ?? '');
}
