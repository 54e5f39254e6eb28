import type { LndNode } from '../../regtest/network/lnd.ts';
import { pay } from '../../regtest/network/payments.ts';
import type { Row } from '../comparison.ts';
import { quantile } from '../figures.ts';
import { load } from '../load.ts';
import { makeInvoices } from './bare-invoices.ts';
import type { Counter } from './callbacks.ts';

export interface SettlementPlan {
  /** Payments under each kind of load. */
  readonly payments: number;
}

const AT_ONCE = 64;

type Condition = 'idle' | 'limited' | 'unlimited';

const WHAT: Readonly<Record<Condition, string>> = {
  idle: 'nothing else',
  limited: `${AT_ONCE} callbacks at the server, which lets 16 of them through at once`,
  unlimited: `${AT_ONCE} AddInvoice at once at the node itself, as without that limit`,
};

/**
 * How long a payment to us takes while invoices are being made: LND keeps one lock for both (lnd.md
 * 1.2). The conditions take turns, payment by payment group, so that the machine meets them alike.
 */
export async function benchSettlement(
  counter: Counter,
  payer: LndNode,
  plan: SettlementPlan,
  tell: (line: string) => void,
): Promise<Row[]> {
  const latencies: Record<Condition, number[]> = { idle: [], limited: [], unlimited: [] };
  const conditions: readonly Condition[] = ['idle', 'limited', 'unlimited'];
  const groups = 3;
  for (let group = 0; group < groups; group += 1) {
    for (const condition of conditions) {
      await using _load = startLoad(counter, condition);
      for (let count = 0; count < plan.payments / groups; count += 1) {
        latencies[condition].push(await settleOnce(counter, payer));
      }
    }
  }
  tell('\ntime from the payer’s send until it is settled, while there is');
  for (const condition of conditions) {
    const [p50, p95] = [0.5, 0.95].map((share) => quantile(latencies[condition], share));
    tell(`  p50 ${p50?.toFixed(0)} ms, p95 ${p95?.toFixed(0)} ms   ${WHAT[condition]}`);
  }
  const [ours, peer] = [quantile(latencies.limited, 0.5), quantile(latencies.unlimited, 0.5)];
  return [
    {
      ...{ name: `settlement beside ${AT_ONCE} callbacks`, unit: 'ms' },
      ...{ ours: Math.round(ours), peer: Math.round(peer), peerName: 'without the limit' },
      ratio: Number((ours / peer).toFixed(2)),
    },
  ];
}

/** A payment over one channel: how long it takes until the payer has the preimage. */
async function settleOnce({ node, amountMsat }: Counter, payer: LndNode): Promise<number> {
  const request = { value_msat: String(amountMsat) };
  const { payment_request } = await node.client.call('lnrpc.Lightning/AddInvoice', request);
  const sentAt = performance.now();
  const { status } = await pay(payer, payment_request);
  if (status !== 'SUCCEEDED') throw new Error(`a payment ended as ${status}`);
  return performance.now() - sentAt;
}

function startLoad(counter: Counter, condition: Condition): AsyncDisposable {
  const stop = new AbortController();
  const { port, callbackPath: path, node, amountMsat } = counter;
  const work = async (): Promise<void> => {
    while (condition !== 'idle' && !stop.signal.aborted) {
      if (condition === 'limited') {
        await load({ port, path, connections: AT_ONCE, bodyStart: '{"pr":', durationMs: TURN_MS });
      } else await makeInvoices(node, { amountMsat, atOnce: AT_ONCE, durationMs: TURN_MS });
    }
  };
  const running = work();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

const TURN_MS = 500;
