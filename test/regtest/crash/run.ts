import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from '../../faults/chance.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { channelsActive } from '../network/channels.ts';
import { RegtestNetwork } from '../network/network.ts';
import { Audit, type Findings } from './audit.ts';
import { Ending } from './ending.ts';
import { type Balances, balancesOf, gather } from './evidence.ts';
import { Kills } from './kills.ts';
import { Load } from './load.ts';
import { Promises } from './promises.ts';
import { TcpProxy } from './proxy.ts';
import { ServerLives } from './server-lives.ts';
import { keepTraces } from './traces.ts';
import { Wallets } from './wallets.ts';

/** A failure of a route is forgotten at once: here it says that alice is dead, and soon she is not. */
const FLAGS = ['--routerrpc.apriori.penaltyhalflife=1s'];
const KILLS_PER_AUDIT = 25;
/** What a payment under way may take to its end once nothing is killed any more. */
const PATIENCE_MS = 90_000;
const LOOK_EVERY_MS = 1_000;
/** What bob has of his channel with alice, of 16 million satoshi. */
const BOB_RICH_SAT = 11_000_000;
const BOB_POOR_SAT = 5_000_000;

const NOTHING: Findings = {
  ...{ faults: [], claims: new Map(), causes: new Map(), open: new Map() },
  balances: { bobWithAlice: 0, carol: 0 },
};

export interface RunOptions {
  readonly kills: number;
  readonly seed: string;
  readonly say: (line: string) => void;
}

export interface RunSum {
  readonly kills: ReadonlyMap<string, number>;
  readonly counts: Promises['counts'];
  readonly findings: Findings;
  /** Vouchers that had been tried in vain, and were paid at the end. */
  readonly claimedAgain: number;
  readonly seconds: number;
}

/** One network, one server and one load, and kills until there were enough, or a promise is broken. */
export async function crashRun({ kills: wanted, seed, say }: RunOptions): Promise<RunSum> {
  const startedAt = performance.now();
  await using network = await RegtestNetwork.start({
    flags: { alice: FLAGS, bob: FLAGS, carol: FLAGS },
  });
  using folder = tempFolder();
  const { alice, bob, carol } = network.nodes;
  const before = await balancesOf(network.nodes);
  await using proxy = await TcpProxy.start(alice.rpcPort);
  await using server = await ServerLives.begin({ node: alice, proxy, home: folder.path });
  const chance = new Chance(seed);
  const promises = new Promises();
  const wallets = new Wallets(server.wallet, promises);
  const load = new Load({
    ...{ server, wallets, others: [bob, carol], promises },
    chance: new Chance(`${seed} load`),
  });
  const kills = new Kills({ server, alice, payee: bob, proxy, load, wallets, promises, chance });
  const audit = new Audit({ server, promises, before });
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);

  const look = async (): Promise<Findings> => {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const findings = await audit.look(await gather(network.nodes));
      if (findings.faults.length === 0 || performance.now() > giveUpAt) return findings;
      await delay(LOOK_EVERY_MS);
    }
  };

  const ending = new Ending({ server, alice, payee: bob, load, wallets, promises, look });

  await load.prepare();
  let findings = NOTHING;
  for (let done = 0; done < wanted && findings.faults.length === 0; ) {
    load.start();
    const until = Math.min(done + KILLS_PER_AUDIT, wanted);
    for (; done < until; done += 1) await kills.next();
    proxy.letGo();
    await load.stop();
    await server.ready();
    await channelsActive(alice);
    findings = await look();
    load.payShare = payShareOf(findings.balances);
    say(`${done} of ${wanted} kills, ${seconds()} s: ${toldOf(promises, findings)}`);
  }
  let claimedAgain = 0;
  if (findings.faults.length === 0) ({ findings, claimedAgain } = await ending.reach());
  if (findings.faults.length > 0) say(`kept in ${await keepTraces(seed, server, network.nodes)}`);
  return {
    kills: kills.counts,
    counts: promises.counts,
    findings,
    claimedAgain,
    seconds: seconds(),
  };
}

/** Money is to flow to where it is short. */
function payShareOf({ bobWithAlice }: Balances): number {
  if (bobWithAlice > BOB_RICH_SAT) return 0.75;
  return bobWithAlice < BOB_POOR_SAT ? 0.3 : 0.5;
}

function toldOf({ counts }: Promises, { claims, causes, faults }: Findings): string {
  const of = (items: ReadonlyMap<string, number>): string =>
    [...items].map(([name, count]) => `${count} ${name}`).join(', ');
  const open = causes.size > 0 ? ` (${of(causes)})` : '';
  return `${counts.pays} pays, ${counts.withdraws} withdraws: ${of(claims)}${open}; ${faults.length} violations`;
}
