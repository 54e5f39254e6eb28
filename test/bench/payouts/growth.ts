import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/clock.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../../src/store/migrate.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { ChildServer } from '../child-server.ts';
import type { Row } from '../comparison.ts';
import { median } from '../figures.ts';
import { askInTurn } from '../load.ts';
import { fill } from './growth-fill.ts';

export interface GrowthPlan {
  /** How many links there are; the first is what the others are compared with. */
  readonly links: readonly number[];
  readonly rounds: number;
  readonly vouchers: number;
}

/** On the disk of the checkout; ten million withdrawals take some gigabytes. */
const FOLDER = join(import.meta.dirname, '../../../node_modules/.cache/boltgate-bench-growth');
const AIM = 1.2;
const HOOKS = join(import.meta.dirname, '../../support/typescript-hooks.js');
const SERVER = join(import.meta.dirname, 'growth-server.ts');

/** One server on one database: how long each call took, one after the other. */
interface Latencies {
  readonly info: number[];
  readonly claim: number[];
}

/** The same calls with a thousand and with a million links, and ten times as many withdrawals. */
export async function benchGrowth(plan: GrowthPlan, tell: (line: string) => void): Promise<Row[]> {
  rmSync(FOLDER, { recursive: true, force: true });
  try {
    const seen = new Map<number, Latencies>();
    for (const links of plan.links) {
      const startedAt = performance.now();
      await makeDatabase(links);
      seen.set(links, { info: [], claim: [] });
      tell(`${links} links: made in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    }
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [links, latencies] of seen) await measure(links, plan.vouchers, latencies);
    }
    return rowsOf(seen, tell);
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

async function makeDatabase(links: number): Promise<void> {
  const sql = await openSqlite(pathOf(links));
  await migrate(sql, MIGRATIONS_FOLDER, systemClock);
  await sql.close();
  fill(pathOf(links), links, systemClock.now());
}

function pathOf(links: number): string {
  return join(FOLDER, `${links}.db`);
}

async function measure(links: number, vouchers: number, into: Latencies): Promise<void> {
  const args = ['--import', HOOKS, SERVER, pathOf(links), String(vouchers)];
  const { server, told } = await ChildServer.start(args, {}, /^(?<told>\{"port".*)$/);
  await using _server = server;
  const { port, offers } = JSON.parse(told.told ?? '') as {
    readonly port: number;
    readonly offers: readonly { readonly path: string; readonly bolt11: string }[];
  };
  const asked = await askInTurn(
    port,
    offers.map(({ path }) => path),
  );
  const claims = offers.map(({ path, bolt11 }, index) => {
    const { k1 } = JSON.parse(asked[index]?.body ?? '{}');
    return `${path}/callback?k1=${k1}&pr=${bolt11}`;
  });
  const claimed = await askInTurn(port, claims);
  const refused = claimed.find(({ body }) => body !== '{"status":"OK"}');
  if (refused) throw new Error(`a claim was refused: ${refused.body}`);
  // The first third warms up.
  const from = Math.floor(vouchers / 3);
  into.info.push(median(asked.slice(from).map(({ latencyMs }) => latencyMs)));
  into.claim.push(median(claimed.slice(from).map(({ latencyMs }) => latencyMs)));
}

function rowsOf(seen: ReadonlyMap<number, Latencies>, tell: (line: string) => void): Row[] {
  const [[fewest, base] = [0, { info: [], claim: [] }], ...others] = seen;
  const calls = { info: 'withdraw information call', claim: 'claim' } as const;
  return others.flatMap(([links, latencies]) =>
    (['info', 'claim'] as const).map((call) => {
      const [ours, peer] = [median(latencies[call]), median(base[call])];
      const ratio = ours / peer;
      const verdict = ratio <= AIM ? 'met' : 'MISSED';
      tell(
        `${calls[call]}, ${links} links: ${ours.toFixed(2)} ms, with ${fewest} links ` +
          `${peer.toFixed(2)} ms, ratio ${ratio.toFixed(2)}; aim ${AIM}: ${verdict}`,
      );
      return {
        name: `${calls[call]}, ${links} links and ${links * 10} withdrawals`,
        ours: Number(ours.toFixed(3)),
        peer: Number(peer.toFixed(3)),
        peerName: `${fewest} links`,
        ratio: Number(ratio.toFixed(2)),
        unit: 'ms p50',
      };
    }),
  );
}
