// Measures the built server beside node:http and the npm package lnurl: `npm run bench`.
//   -- --quick        a look in seconds, too short to mean much
//   -- --memory       a million information calls, and the memory before and after
//   -- --json FILE    writes [{name, ours, peer, peerName, ratio, unit}] too
import { writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { LOAD_CORE, moveToLoadCore, SERVER_CORE } from './child-server.ts';
import { type Row, reportOf, rowsOf } from './comparison.ts';
import { type MemoryPlan, runMemory } from './memory.ts';
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
const MEMORY_PLAN: MemoryPlan = { warmUpRequests: 200_000, requests: 1_000_000 };
const QUICK_MEMORY_PLAN: MemoryPlan = { warmUpRequests: 20_000, requests: 20_000 };

const { values: options } = parseArgs({
  options: {
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
const rows = options.memory ? await measureMemory() : await compare();
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);

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
