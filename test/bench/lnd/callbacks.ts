import type { LndNode } from '../../regtest/network/lnd.ts';
import type { Row } from '../comparison.ts';
import { median, quantile } from '../figures.ts';
import { type LoadResult, load } from '../load.ts';
import { makeInvoices } from './bare-invoices.ts';

export interface CallbacksPlan {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Where the callback of a pay link is, and the node behind it. */
export interface Counter {
  readonly node: LndNode;
  readonly port: number;
  readonly callbackPath: string;
  readonly amountMsat: number;
}

interface Turn {
  readonly perSecond: number;
  readonly p50Ms: number;
}

/** LND is slower per call the more it is asked at once; a callback waits in front of it (lnd.md 1.2). */
const WIDTHS = [1, 16, 64] as const;
const AIM_RATIO = 0.95;
const AIM_ADDED_MS = 2;

/** Pay callbacks beside as many AddInvoice by a bare client, in turns, on the same node. */
export async function benchCallbacks(
  counter: Counter,
  plan: CallbacksPlan,
  tell: (line: string) => void,
): Promise<Row[]> {
  tell('pay callback beside bare AddInvoice, LND on disk (bbolt), the server on SQLite');
  tell('   at once     callbacks/s     AddInvoice/s   ratio    p50 ms   bare p50 ms   added ms');
  const rows: Row[] = [];
  for (const atOnce of WIDTHS) rows.push(await compare(counter, atOnce, plan, tell));
  return rows;
}

async function compare(
  counter: Counter,
  atOnce: number,
  plan: CallbacksPlan,
  tell: (line: string) => void,
): Promise<Row> {
  const ours: Turn[] = [];
  const bare: Turn[] = [];
  const callbacks = async (durationMs: number): Promise<LoadResult> => {
    const { port, callbackPath: path } = counter;
    return await load({ port, path, connections: atOnce, bodyStart: '{"pr":"lnbcrt', durationMs });
  };
  const invoices = async (durationMs: number): Promise<LoadResult> => {
    const { node, amountMsat } = counter;
    return await makeInvoices(node, { amountMsat, atOnce, durationMs });
  };
  await callbacks(plan.warmUpMs);
  await invoices(plan.warmUpMs);
  for (let round = 0; round < plan.rounds; round += 1) {
    const oursFirst = round % 2 === 0;
    if (oursFirst) ours.push(turnOf(await callbacks(plan.measureMs)));
    bare.push(turnOf(await invoices(plan.measureMs)));
    if (!oursFirst) ours.push(turnOf(await callbacks(plan.measureMs)));
  }
  return told(atOnce, middleOf(ours), middleOf(bare), tell);
}

function told(atOnce: number, ours: Turn, bare: Turn, tell: (line: string) => void): Row {
  const ratio = ours.perSecond / bare.perSecond;
  const added = ours.p50Ms - bare.p50Ms;
  const isMet = ratio >= AIM_RATIO && added <= AIM_ADDED_MS;
  const cells = [
    ...[String(atOnce).padStart(10), ours.perSecond.toFixed(0).padStart(16)],
    ...[bare.perSecond.toFixed(0).padStart(17), ratio.toFixed(2).padStart(8)],
    ...[ours.p50Ms.toFixed(2).padStart(10), bare.p50Ms.toFixed(2).padStart(14)],
    added.toFixed(2).padStart(11),
  ];
  tell(`${cells.join('')}   aim ${AIM_RATIO} and ${AIM_ADDED_MS} ms: ${isMet ? 'met' : 'MISSED'}`);
  return {
    ...{ name: `pay callback on LND, ${atOnce} at once`, unit: 'requests/s' },
    ...{ ours: Math.round(ours.perSecond), peer: Math.round(bare.perSecond) },
    ...{ peerName: 'bare AddInvoice', ratio: Number(ratio.toFixed(2)) },
  };
}

function turnOf({ durationMs, latenciesMs }: LoadResult): Turn {
  const perSecond = (latenciesMs.length / durationMs) * 1000;
  return { perSecond, p50Ms: quantile(latenciesMs, 0.5) };
}

function middleOf(turns: readonly Turn[]): Turn {
  return {
    perSecond: median(turns.map((turn) => turn.perSecond)),
    p50Ms: median(turns.map((turn) => turn.p50Ms)),
  };
}
