import { median, quantile } from './figures.ts';
import { load } from './load.ts';
import {
  type Call,
  type CallName,
  type Model,
  modelOf,
  type Running,
  startBare,
  startBoltgate,
  startLnurl,
} from './servers.ts';

/** How long and how often is measured. */
export interface Plan {
  readonly rounds: number;
  /** Before each call is measured: compiled code comes with requests, not with time. */
  readonly warmUpRequests: Readonly<Record<CallName, number>>;
  readonly measureMs: number;
}

const WARM_UP_MAX_MS = 4_000;

export const CONNECTIONS = { info: 32, callback: 64, offer: 32 } as const;

export const CALLS: readonly CallName[] = ['info', 'callback', 'offer'];

export const SERVERS = ['boltgate', 'node:http', 'lnurl'] as const;
export type ServerName = (typeof SERVERS)[number];

/** What one server did in one round. */
export interface Turn {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Time on its core for one request: says the same as `perSecond` when others use the core too. */
  readonly cpuMicroseconds: number;
}

/** The turns of every server, round by round; empty where a server has no such call. */
export type Turns = Readonly<Record<CallName, Readonly<Record<ServerName, Turn[]>>>>;

/**
 * Every round gives every server one turn, each begun by another one, so that what else happens on
 * the machine meets them all. A server is started for its turn: nothing else runs on its core.
 */
export async function runRounds(plan: Plan, tell: (line: string) => void): Promise<Turns> {
  const turns = { info: noTurns(), callback: noTurns(), offer: noTurns() };
  const model = await readModel();
  for (let round = 0; round < plan.rounds; round += 1) {
    tell(`round ${round + 1} of ${plan.rounds}`);
    for (const name of rotated(SERVERS, round)) {
      await using running = await start(name, model);
      for (const call of CALLS) {
        const how = running.calls[call];
        if (how) turns[call][name].push(await takeTurn(running, call, how, plan));
      }
    }
  }
  return turns;
}

function noTurns(): Record<ServerName, Turn[]> {
  return { boltgate: [], 'node:http': [], lnurl: [] };
}

async function readModel(): Promise<Model> {
  await using running = await startBoltgate();
  return await modelOf(running);
}

async function start(name: ServerName, model: Model): Promise<Running> {
  switch (name) {
    case 'boltgate':
      return await startBoltgate();
    case 'node:http':
      return await startBare(model);
    case 'lnurl':
      return await startLnurl(model);
    default:
      return name satisfies never;
  }
}

async function takeTurn(
  { server, port }: Running,
  name: CallName,
  call: Call,
  { warmUpRequests, measureMs }: Plan,
): Promise<Turn> {
  const how = { port, ...call, connections: CONNECTIONS[name] };
  await load({ ...how, requests: warmUpRequests[name], durationMs: WARM_UP_MAX_MS });
  const cpuBefore = server.cpuMs;
  const { durationMs, latenciesMs } = await load({ ...how, durationMs: measureMs });
  return {
    perSecond: (latenciesMs.length / durationMs) * 1000,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuMicroseconds: ((server.cpuMs - cpuBefore) / latenciesMs.length) * 1000,
  };
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}

/** The middle of all rounds, figure by figure. */
export function middleOf(turns: readonly Turn[]): Turn {
  return {
    perSecond: median(turns.map((turn) => turn.perSecond)),
    p50Ms: median(turns.map((turn) => turn.p50Ms)),
    p99Ms: median(turns.map((turn) => turn.p99Ms)),
    cpuMicroseconds: median(turns.map((turn) => turn.cpuMicroseconds)),
  };
}
