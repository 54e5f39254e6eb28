// `npm run regtest`: the network in a box, kept until Ctrl-C, for a person to play with.
import { once } from 'node:events';
import { systemClock } from '../../src/clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { NODE_NAMES, RegtestNetwork } from './network/network.ts';
import { ProgramsMissing } from './network/programs.ts';
import { NodeServer } from './server.ts';
import { lndSettings, walletSettings } from './settings.ts';
import { Counter } from './support/counter.ts';

/** EX_UNAVAILABLE of sysexits.h: something outside of the project is missing. */
const EXIT_UNAVAILABLE = 69;

const BLOCK_EVERY_MS = 10_000;
const COFFEE = { description: 'Coffee', minMsat: 1_000, maxMsat: 100_000_000 };
const VOUCHER = { description: 'A gift', minMsat: 21_000, maxMsat: 21_000, uses: 1 };
const OFFER = { capacitySat: 100_000, uses: 1, private: 'wallet' };

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

/** Keeps our server on alice, and says how to play with it, until somebody interrupts. */
async function runServer(network: RegtestNetwork): Promise<void> {
  const { nodes } = network;
  const { alice } = nodes;
  using folder = tempFolder();
  // What it announces is on this machine, which a server takes for unreachable.
  const env = { BOLTGATE_LND_URI: `${alice.publicKey}@${alice.peerHost}` };
  await using server = await NodeServer.start({ node: alice, home: folder.path, env });
  const counter = new Counter(server);
  const coffee = await counter.operator('POST', '/pay-links', COFFEE);
  const voucher = await counter.operator('POST', '/withdraw-links', VOUCHER);
  const offer = await counter.operator('POST', '/channel-offers', OFFER);
  say(
    `\nThe server is at ${server.origin}, on alice. In another terminal, the customer's wallet on carol:`,
  );
  say(`  export BOLTGATE_URL=${server.origin} BOLTGATE_DATA_DIR=${server.dataDir}`);
  for (const [name, value] of Object.entries(walletSettings(nodes.carol))) {
    say(`  export ${name}=${value}`);
  }
  say(`  npx boltgate wallet pay ${coffee.lnurl} 21sat`);
  say(`  npx boltgate wallet withdraw ${voucher.lnurl}`);
  say(`  npx boltgate wallet channel ${offer.lnurl}`);
  say('  npx boltgate wallet balance');
  say('  npx boltgate withdrawals');
  say('\nor in a browser:');
  for (const { url } of [coffee, voucher, offer]) say(`  ${url}`);
  for (const name of NODE_NAMES) {
    say(`\nWhat a server needs to be on ${name}:`);
    const settings = Object.entries(lndSettings(nodes[name]));
    for (const [setting, value] of settings) say(`  ${setting}=${value}`);
  }
  say(`\nA block is mined every ${BLOCK_EVERY_MS / 1000} s. Ctrl-C stops all of them.`);
  await mineUntil(interrupted, network);
}

/** Mines on, so that a channel that was asked for becomes one. */
async function mineUntil(over: Promise<unknown>, network: RegtestNetwork): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  over.then(end, end);
  while (!stop.signal.aborted) {
    await systemClock.sleep(BLOCK_EVERY_MS, stop.signal);
    if (!stop.signal.aborted) await network.mine(1);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
