// Kills the server, its node and what lies between them under load: `npm run test:crash`.
//   -- --kills N      how many times (30)
//   -- --seed TEXT    of the kills and of the load; a new one each time when not given
// It exits with 1 when any promise was broken.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ProgramsMissing } from '../network/programs.ts';
import { crashRun } from './run.ts';

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
  for (const [name, count] of sum.kills) say(`${String(count).padStart(6)}  ${name}`);
  for (const fault of sum.findings.faults) say(`VIOLATION: ${fault}`);
  if (sum.findings.faults.length > 0) {
    say(`again: npm run test:crash -- --kills ${options.kills} --seed ${seed}`);
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof ProgramsMissing)) throw error;
  say(error.message);
  process.exitCode = EXIT_UNAVAILABLE;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
