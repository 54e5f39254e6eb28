import { randomBytes } from 'node:crypto';
import type { LndNode } from '../../regtest/network/lnd.ts';
import type { LoadResult } from '../load.ts';

const EXPIRY_SECONDS = '3600';
const HASH_BYTES = 32;

/** Makes invoices at a node as fast as it gives them, with nothing around the gRPC call. */
export async function makeInvoices(
  node: LndNode,
  { amountMsat, atOnce, durationMs }: { amountMsat: number; atOnce: number; durationMs: number },
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + durationMs;
  const makeAndMake = async (): Promise<void> => {
    for (;;) {
      const askedAt = performance.now();
      await node.client.call('lnrpc.Lightning/AddInvoice', {
        memo: `boltgate inv_${randomBytes(12).toString('hex')}`,
        value_msat: String(amountMsat),
        description_hash: randomBytes(HASH_BYTES),
        expiry: EXPIRY_SECONDS,
      });
      const now = performance.now();
      if (now > endsAt) return;
      latenciesMs.push(now - askedAt);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, makeAndMake));
  return { durationMs, latenciesMs };
}
