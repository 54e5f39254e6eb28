import { Router } from 'express';
import type { NodeFacts } from '../lightning/node-facts.ts';

/** What a supervisor asks. */
export interface HealthParts {
  readonly facts: NodeFacts;
  /** Resolves when the store answers a read; rejects when it does not. */
  readonly storeAnswers: () => Promise<void>;
}

/** `/healthz`: the process lives. `/readyz`: the store and the node answer, each by name. */
export function healthRouter({ facts, storeAnswers }: HealthParts): Router {
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
      .json({ status: ready ? 'ok' : 'unavailable', store, node });
  });
  return router;
}

function nodeState({ info }: NodeFacts): string {
  if (!info) return 'unavailable';
  return info.synced ? 'ok' : 'syncing';
}
