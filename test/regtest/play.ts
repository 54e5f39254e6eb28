// `npm run regtest`: the network in a box, kept until Ctrl-C, for a person to play with.
import { once } from 'node:events';
import { tempFolder } from '../support/temp-folder.ts';
import { NODE_NAMES, RegtestNetwork } from './network/network.ts';
import { ProgramsMissing } from './network/programs.ts';
import { NodeServer } from './server.ts';
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

/** Keeps our server on alice until somebody interrupts. */
async function runServer({ nodes }: RegtestNetwork): Promise<void> {
  using folder = tempFolder();
  await using server = await NodeServer.start({ node: nodes.alice, home: folder.path });
  say(`\nThe server is at ${server.origin}, on alice. The command line finds it by`);
  say(`  export BOLTGATE_URL=${server.origin} BOLTGATE_DATA_DIR=${server.dataDir}`);
  say(
    '  node dist/cli/boltgate.js pay-link create --min 1sat --max 100000sat --description Coffee',
  );
  say('  node dist/cli/boltgate.js withdraw-link create --amount 1000sat --description Voucher');
  for (const name of NODE_NAMES) {
    say(`\nWhat a server or a wallet needs to be on ${name}:`);
    const settings = Object.entries(lndSettings(nodes[name]));
    for (const [setting, value] of settings) say(`${setting}=${value}`);
  }
  say('\nCtrl-C stops all of them.');
  await interrupted;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
