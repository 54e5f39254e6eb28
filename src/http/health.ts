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
 * `/healthz`: the process lives. `/readyz`: the store and the node answer, each by name. A ledger that
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
    const node = nodeState(facts);
    const ready = store === 'ok' && node === 'ok';
    res
      .status(ready ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: ready ? 'ok' : 'unavailable', store, node, ledger: watchdog.state });
  });
  return router;
}

function nodeState({ info }: NodeFacts): string {
  if (!info) return 'unavailable';
  return info.synced ? 'ok' : 'syncing';
}
