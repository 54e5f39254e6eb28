// `npm run regtest`: the network in a box, kept until Ctrl-C, for a person to play with.
import { once } from 'node:events';
import { NODE_NAMES, RegtestNetwork } from './network/network.ts';
import { ProgramsMissing } from './network/programs.ts';
import { lndSettings } from './settings.ts';

/** EX_UNAVAILABLE of sysexits.h: something outside of the project is missing. */
const EXIT_UNAVAILABLE = 69;

const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

try {
  await play();
} catch (error) {
  if (!(error instanceof ProgramsMissing)) throw error;
  say(error.message);
  process.exitCode = EXIT_UNAVAILABLE;
}

async function play(): Promise<void> {
  const startedAt = performance.now();
  await using network = await RegtestNetwork.start({ say });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(
    `alice, bob and carol are up after ${seconds} s: alice and carol can pay each other over bob.`,
  );

  await runServer(network);

  say('Stopping, and deleting their data.');
}

/** The place of our server on alice: it lasts until somebody interrupts. */
async function runServer({ nodes }: RegtestNetwork): Promise<void> {
  for (const name of NODE_NAMES) {
    say(`\n# ${name}`);
    for (const [setting, value] of Object.entries(lndSettings(nodes[name])))
      say(`${setting}=${value}`);
  }
  say('\nCtrl-C stops them.');
  await interrupted;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
