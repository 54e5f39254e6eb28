import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Entry {
  readonly type: string;
  readonly payer?: string;
  readonly paymentHash: string;
  readonly state?: string;
  readonly amount: string;
}

/**
 * What the demo network has settled by its own journal: payment hash and millisatoshi. A last line
 * without an end was never written whole.
 */
export function settledByNode(dataDir: string): ReadonlyMap<string, number> {
  const lines = readFileSync(join(dataDir, 'demo-network.jsonl'), 'utf8').split('\n').slice(0, -1);
  const entries = lines.map((line) => JSON.parse(line) as Entry);
  const paid = entries.filter(
    ({ type, payer, state }) => type === 'payment' && payer === 'customer' && state === 'paid',
  );
  return new Map(paid.map(({ paymentHash, amount }) => [paymentHash, Number(amount)]));
}
