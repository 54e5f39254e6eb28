import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from '../../faults/chance.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { RegtestNetwork } from '../network/network.ts';
import { Audit, type Findings } from './audit.ts';
import { Ending } from './ending.ts';
import { type Balances, balancesOf, gather } from './evidence.ts';
import { Kills } from './kills.ts';
import { linked } from './linked.ts';
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
  lostSat: 0,
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
export async function crashRun(options: RunOptions): Promise<RunSum> {
  await using network = await RegtestNetwork.start({
    flags: { alice: FLAGS, bob: FLAGS, carol: FLAGS },
    say: options.say,
  });
  using folder = tempFolder();
  const { alice } = network.nodes;
  await using proxy = await TcpProxy.start(alice.rpcPort);
  await using server = await ServerLives.begin({ node: alice, proxy, home: folder.path });
  const before = await balancesOf(network.nodes);
  const run = new CrashRun({ options, nodes: network.nodes, proxy, server, before });
  return await run.toTheEnd();
}

interface Parts {
  readonly options: RunOptions;
  readonly nodes: RegtestNetwork['nodes'];
  readonly proxy: TcpProxy;
  readonly server: ServerLives;
  readonly before: Balances;
}

class CrashRun {
  readonly #parts: Parts;
  readonly #promises = new Promises();
  readonly #load: Load;
  readonly #kills: Kills;
  readonly #audit: Audit;
  readonly #ending: Ending;
  readonly #startedAt = performance.now();

  constructor(parts: Parts) {
    this.#parts = parts;
    const { options, nodes, proxy, server, before } = parts;
    const { alice, bob, carol } = nodes;
    const promises = this.#promises;
    const wallets = new Wallets(server.wallet, promises);
    const load = new Load({
      ...{ server, wallets, others: [bob, carol], promises },
      chance: new Chance(`${options.seed} load`),
    });
    this.#load = load;
    const chance = new Chance(options.seed);
    const shared = { server, alice, payee: bob, load, wallets, promises };
    this.#kills = new Kills({ ...shared, proxy, chance });
    this.#audit = new Audit({ server, promises, before });
    this.#ending = new Ending({ ...shared, look: async () => await this.#look() });
  }

  async toTheEnd(): Promise<RunSum> {
    const { options, server, nodes } = this.#parts;
    await this.#load.prepare();
    let findings = NOTHING;
    let done = 0;
    while (done < options.kills && findings.faults.length === 0) {
      const kills = Math.min(KILLS_PER_AUDIT, options.kills - done);
      findings = await this.#killAndLook(kills);
      done += kills;
      this.#tell(done, findings);
    }
    const isWell = findings.faults.length === 0;
    const end = isWell ? await this.#ending.reach() : { findings, claimedAgain: 0 };
    if (end.findings.faults.length > 0) {
      options.say(`kept in ${await keepTraces(options.seed, server, nodes)}`);
    }
    const { counts } = this.#promises;
    return { kills: this.#kills.counts, counts, ...end, seconds: this.#seconds() };
  }

  async #killAndLook(kills: number): Promise<Findings> {
    const { proxy, server, nodes } = this.#parts;
    this.#load.start();
    for (let kill = 0; kill < kills; kill += 1) await this.#kills.next();
    proxy.letGo();
    await this.#load.stop();
    await server.ready();
    await linked(nodes.alice, nodes.bob);
    await server.ready();
    const findings = await this.#look();
    this.#load.payShare = payShareOf(findings.balances);
    return findings;
  }

  /** Looks until nothing is wrong, or for as long as anything under way may take. */
  async #look(): Promise<Findings> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const findings = await this.#audit.look(await gather(this.#parts.nodes));
      if (findings.faults.length === 0 || performance.now() > giveUpAt) return findings;
      await delay(LOOK_EVERY_MS);
    }
  }

  #tell(done: number, findings: Findings): void {
    const { kills, say } = this.#parts.options;
    say(`${done} of ${kills} kills, ${this.#seconds()} s: ${toldOf(this.#promises, findings)}`);
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#startedAt) / 1000);
  }
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
