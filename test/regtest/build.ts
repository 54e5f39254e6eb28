// Builds lnd and btcd when they are not there yet, so that no test has to wait for it.
import { buildPrograms, ProgramsMissing } from './network/programs.ts';

/** EX_UNAVAILABLE of sysexits.h: something outside of the project is missing. */
const EXIT_UNAVAILABLE = 69;

try {
  await buildPrograms((line) => process.stdout.write(`${line}\n`));
} catch (error) {
  if (!(error instanceof ProgramsMissing)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = EXIT_UNAVAILABLE;
}
