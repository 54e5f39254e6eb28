import { Router } from 'express';
import type { NodeFacts } from '../lightning/node-facts.ts';
import type { Watchdog } from '../payments/watchdog.ts';

/** What a supervisor asks. */
export interface HealthParts {
  readonly facts: NodeFacts;
  readonly watchdog: Watchdog;
  /** Resolves when the store answers a read; rejects when it does not. */
  readonly storeAnswers: () => Promise<void>;
}

/**
 * `/healthz`: the process lives. `/readyz`: the store and the node do, each in a word of a closed list,
 * without the reason: anybody may ask. The store is read and the node is not asked. A ledger that
 * differs from the node is told and does not make us unready: money still comes in.
 */
export function healthRouter({ facts, watchdog, storeAnswers }: HealthParts): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.set('cache-control', 'no-store').json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const store = await storeAnswers().then(
      () => 'ok',
      () => 'unavailable',
    );
    const node = facts.health;
    const ready = store === 'ok' && node === 'ok';
    res
      .status(ready ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: ready ? 'ok' : 'unavailable', store, node, ledger: watchdog.state });
  });
  return router;
}
