// Measures the built server on a real LND beside a bare gRPC client: `npm run bench:lnd`.
//   -- --quick        a look in half a minute, too short to mean much
//   -- --json FILE    writes [{name, ours, peer, peerName, ratio, unit}] too
import { writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { RegtestNetwork } from '../../regtest/network/network.ts';
import { ProgramsMissing } from '../../regtest/network/programs.ts';
import { NodeServer } from '../../regtest/server.ts';
import { Counter } from '../../regtest/support/counter.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import type { Row } from '../comparison.ts';
import { benchCallbacks } from './callbacks.ts';
import { benchSettlement } from './settlement.ts';

const PLAN = {
  callbacks: { rounds: 5, warmUpMs: 3_000, measureMs: 3_000 },
  settlement: { payments: 60 },
};
const QUICK_PLAN = {
  callbacks: { rounds: 1, warmUpMs: 1_000, measureMs: 1_000 },
  settlement: { payments: 9 },
};
const LINK = { description: 'Coffee', minMsat: 1_000, maxMsat: 100_000_000 };
const AMOUNT_MSAT = 21_000;
/** EX_UNAVAILABLE of sysexits.h: something outside of the project is missing. */
const EXIT_UNAVAILABLE = 69;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

try {
  const rows = await measure();
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
} catch (error) {
  if (!(error instanceof ProgramsMissing)) throw error;
  say(error.message);
  process.exitCode = EXIT_UNAVAILABLE;
}

async function measure(): Promise<Row[]> {
  const plan = options.quick ? QUICK_PLAN : PLAN;
  say(
    `${cpus()[0]?.model}, ${cpus().length} cores; ${type()} ${release()}; Node.js ${process.version}`,
  );
  say('three LND, btcd, the server and the load share these cores; medians\n');
  using folder = tempFolder();
  await using network = await RegtestNetwork.start({ say });
  const { alice, bob } = network.nodes;
  const env = { NODE_ENV: 'production' };
  await using server = await NodeServer.start({ node: alice, home: folder.path, env });
  const wallet = new Counter(server);
  const { url } = await wallet.operator('POST', '/pay-links', LINK);
  const { callback } = await wallet.wallet(url);
  const counter = {
    ...{ node: alice, port: Number(new URL(server.origin).port), amountMsat: AMOUNT_MSAT },
    callbackPath: `${new URL(callback).pathname}?amount=${AMOUNT_MSAT}`,
  };
  return [
    ...(await benchCallbacks(counter, plan.callbacks, say)),
    ...(await benchSettlement(counter, bob, plan.settlement, say)),
  ];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
