// Tries to make the server pay twice or lose count: `npm run faults`.
//   -- --runs N           random runs, beside all schedules (2000)
//   -- --seed TEXT        of the random runs; a new one each time when not given
//   -- --schedules WHAT   all, none, or the name of a scenario
//   -- --stop             at the first violation
//   -- --replay NAME      one run or schedule again, as a violation names it, step by step
// The last line is JSON; it exits with 1 when anything was violated.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { BooksDatabase } from './books-database.ts';
import { EverySchedule, replaySchedule, SCENARIOS, type Scenario } from './every-schedule.ts';
import { RandomRun } from './random-run.ts';
import { InvoiceMint } from './wallet-invoices.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    schedules: { type: 'string', default: 'all' },
    stop: { type: 'boolean', default: false },
    replay: { type: 'string' },
  },
});

const MAX_TOLD = 10;
const TELL_EVERY_MS = 30_000;

const seed = options.seed ?? randomBytes(4).toString('hex');
const surroundings = { database: await BooksDatabase.open(), mint: new InvoiceMint() };
const sum = { schedules: 0, runs: 0, violations: 0, seed };
const startedAt = performance.now();

// A promise that nobody looked after is a fault of the server like any other.
process.on('unhandledRejection', (error) => {
  violated('(whatever ran last)', [`a rejection was left alone: ${String(error)}`]);
});

if (options.replay !== undefined) await replay(options.replay);
else {
  await runSchedules();
  await runRandom(Number(options.runs));
  tellRate();
  process.stdout.write(`${JSON.stringify(sum)}\n`);
}
process.exitCode = sum.violations === 0 ? 0 : 1;

async function runSchedules(): Promise<void> {
  for (const scenario of chosenScenarios()) {
    const every = new EverySchedule(scenario, surroundings);
    const before = sum.schedules;
    for await (const { schedule, faults } of every.violations()) {
      violated(`${scenario.name}:${schedule.join('.')}`, faults);
      if (isEnough()) break;
    }
    sum.schedules = before + every.schedules;
    say(`${scenario.name}: ${every.schedules} schedules, ${every.states} states`);
    if (isEnough()) return;
  }
}

function chosenScenarios(): readonly Scenario[] {
  if (options.schedules === 'all') return SCENARIOS;
  return SCENARIOS.filter(({ name }) => name === options.schedules);
}

async function runRandom(runs: number): Promise<void> {
  let toldAt = performance.now();
  for (let run = 0; run < runs && !isEnough(); run += 1) {
    const name = `${seed}/${run}`;
    surroundings.mint.tidy();
    const { faults } = await new RandomRun(name, surroundings).run();
    sum.runs += 1;
    if (faults.length > 0) violated(name, faults);
    if (performance.now() - toldAt < TELL_EVERY_MS) continue;
    toldAt = performance.now();
    say(`${sum.runs} of ${runs} random runs, ${sum.violations} violations`);
  }
}

async function replay(name: string): Promise<void> {
  const colon = name.indexOf(':');
  const scenario = SCENARIOS.find((each) => each.name === name.slice(0, Math.max(colon, 0)));
  const { trace, faults } = scenario
    ? await replaySchedule(
        scenario,
        name
          .slice(colon + 1)
          .split('.')
          .map(Number),
        surroundings,
      )
    : await new RandomRun(name, surroundings).run();
  for (const line of trace) say(line);
  if (faults.length > 0) violated(name, faults);
}

function violated(name: string, faults: readonly string[]): void {
  sum.violations += 1;
  if (sum.violations > MAX_TOLD) return;
  say(`VIOLATION in ${name}`);
  for (const fault of faults) say(`  ${fault}`);
  say(`  again: npm run faults -- --replay '${name}'`);
}

function isEnough(): boolean {
  return sum.violations >= (options.stop ? 1 : MAX_TOLD);
}

function tellRate(): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const each = ((sum.schedules + sum.runs) / seconds).toFixed(0);
  say(`${seconds.toFixed(1)} s, ${each} schedules and runs a second`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
