// Kills the server, its node and what lies between them under load: `npm run test:crash`.
//   -- --kills N      how many times (30)
//   -- --seed TEXT    of the kills and of the load; a new one each time when not given
// It exits with 1 when any promise was broken.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ProgramsMissing } from '../network/programs.ts';
import { crashRun, type RunSum } from './run.ts';

/** EX_UNAVAILABLE of sysexits.h: something outside of the project is missing. */
const EXIT_UNAVAILABLE = 69;

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string' },
  },
});

const seed = options.seed ?? randomBytes(4).toString('hex');

try {
  const sum = await crashRun({ kills: Number(options.kills), seed, say });
  for (const line of tableOf(sum)) say(line);
  if (sum.findings.faults.length > 0) {
    for (const fault of sum.findings.faults) say(`VIOLATION: ${fault}`);
    say(`again: npm run test:crash -- --kills ${options.kills} --seed ${seed}`);
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof ProgramsMissing)) {
    say(`seed ${seed}`);
    throw error;
  }
  say(error.message);
  process.exitCode = EXIT_UNAVAILABLE;
}
// A connection to a node that was killed may wait for it still.
process.exit();

function tableOf({ kills, counts, findings, claimedAgain, seconds }: RunSum): readonly string[] {
  const total = [...kills.values()].reduce((sum, count) => sum + count, 0);
  const rows: (readonly [string, number])[] = [
    ...[...kills].sort().map(([name, count]) => [`  ${name}`, count] as const),
    ['kills', total],
    ['invoices that wallets paid', counts.pays],
    ['withdraws that wallets tried', counts.withdraws],
    ['requests that were sent again', counts.repeats],
    ...[...findings.claims].map(([state, count]) => [`claims ${state}`, count] as const),
    ...[...findings.causes].map(([cause, count]) => [`  ${cause}`, count] as const),
    ['vouchers that were claimed at the end', claimedAgain],
    ['satoshi that LND settled and gave back', findings.lostSat],
    ['violations', findings.faults.length],
    ['seconds', seconds],
  ];
  return rows.map(([name, count]) => `${String(count).padStart(8)}  ${name}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
