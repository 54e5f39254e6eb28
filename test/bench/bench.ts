// Measures the built server beside node:http and the npm package lnurl, then what pays out beside
// itself under other conditions: `npm run bench`. Ten million withdrawals take minutes to make.
//   -- --quick        a look in a minute, too short to mean much
//   -- --only PART    calls, claims, vouchers or growth
//   -- --memory       a million information calls, and the memory before and after
//   -- --json FILE    writes [{name, ours, peer, peerName, ratio, unit}] too
import { writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { LOAD_CORE, moveToLoadCore, SERVER_CORE } from './child-server.ts';
import { type Row, reportOf, rowsOf } from './comparison.ts';
import { type MemoryPlan, runMemory } from './memory.ts';
import { benchClaims, type ClaimsPlan } from './payouts/claims.ts';
import { benchGrowth, type GrowthPlan } from './payouts/growth.ts';
import { benchVouchers } from './payouts/vouchers.ts';
import { type Plan, runRounds } from './rounds.ts';

const PLAN: Plan = {
  rounds: 5,
  warmUpRequests: { info: 8_000, callback: 3_000, offer: 8_000 },
  measureMs: 1_200,
};
const QUICK_PLAN: Plan = {
  rounds: 1,
  warmUpRequests: { info: 2_000, callback: 1_000, offer: 2_000 },
  measureMs: 500,
};
const PAYOUTS: PayoutsPlan = {
  claims: { rounds: 5, measureMs: 1_500 },
  vouchers: 5,
  growth: { links: [1_000, 100_000, 1_000_000], rounds: 5, vouchers: 600 },
};
const QUICK_PAYOUTS: PayoutsPlan = {
  claims: { rounds: 1, measureMs: 500 },
  vouchers: 1,
  growth: { links: [1_000, 10_000], rounds: 1, vouchers: 300 },
};
const MEMORY_PLAN: MemoryPlan = { warmUpRequests: 200_000, requests: 1_000_000 };
const QUICK_MEMORY_PLAN: MemoryPlan = { warmUpRequests: 20_000, requests: 20_000 };

interface PayoutsPlan {
  readonly claims: ClaimsPlan;
  /** How often ten thousand are made. */
  readonly vouchers: number;
  readonly growth: GrowthPlan;
}

const PARTS = ['calls', 'claims', 'vouchers', 'growth'] as const;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [...PARTS] },
    quick: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

// An interrupted run takes its servers with it, as any other ending does.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
moveToLoadCore();
say(
  `${cpus()[0]?.model}, ${cpus().length} cores; ${type()} ${release()}; Node.js ${process.version}`,
);
say(`each server on core ${SERVER_CORE}, the load from core ${LOAD_CORE}, NODE_ENV=production`);
const rows = options.memory ? await measureMemory() : await measureParts();
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);

async function measureParts(): Promise<Row[]> {
  const plan = options.quick ? QUICK_PAYOUTS : PAYOUTS;
  const measure: Readonly<Record<(typeof PARTS)[number], () => Promise<Row[]>>> = {
    calls: compare,
    claims: async () => await benchClaims(plan.claims, say),
    vouchers: async () => await benchVouchers(plan.vouchers, say),
    growth: async () => await benchGrowth(plan.growth, say),
  };
  const rows: Row[] = [];
  for (const part of PARTS) {
    if (!options.only.includes(part)) continue;
    rows.push(...(await measure[part]()));
    say('');
  }
  return rows;
}

async function compare(): Promise<Row[]> {
  const plan = options.quick ? QUICK_PLAN : PLAN;
  const { rounds, warmUpRequests, measureMs } = plan;
  say(
    `rounds: ${rounds}, each of ${measureMs} ms a call, after ${warmUpRequests.info} information calls and ` +
      `${warmUpRequests.callback} callbacks to warm up; medians\n`,
  );
  const turns = await runRounds(plan, (line) => process.stderr.write(`${line}\n`));
  say(reportOf(turns));
  return rowsOf(turns);
}

async function measureMemory(): Promise<Row[]> {
  return await runMemory(options.quick ? QUICK_MEMORY_PLAN : MEMORY_PLAN, say);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
