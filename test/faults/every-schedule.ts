import type { WithdrawTerms } from '../../src/accounts/withdraw-link.ts';
import { satoshi } from '../../src/msat.ts';
import { Books } from './books.ts';
import type { BooksDatabase } from './books-database.ts';
import { Chance } from './chance.ts';
import { fingerprintOf } from './fingerprint.ts';
import { WITHDRAW_TERMS } from './service-under-test.ts';
import { quiet, type Step } from './steps.ts';
import type { InvoiceMint, SimulatedInvoice } from './wallet-invoices.ts';
import { type Voucher, Wallets } from './wallets.ts';
import { type Choice, World } from './world.ts';

/** Two claims against each other: on which links, and with which invoices. */
export interface Scenario {
  readonly name: string;
  readonly terms: Partial<WithdrawTerms>;
  readonly links: 1 | 2;
  readonly invoices: 1 | 2;
  /**
   * `each`: a payment arrives or is refused, and after the crash too every order is gone through.
   * `paid`: both arrive, and after the crash each claim goes on in the order in which it waits. For
   * two claims that both move money, which have little in common: their product would be too large.
   */
  readonly ways: 'each' | 'paid';
  readonly wallets: 1 | 2;
  /** `each way`: a question to the node is one step there and one back, and time may pass between. */
  readonly travel: 'at once' | 'each way';
  /** `usual`: the server or the node. `another node`: one comes back that knows of no payment. */
  readonly crash: 'usual' | 'another node';
}

/** What most scenarios have in common. */
const TWO_CLAIMS: Omit<Scenario, 'name'> = {
  ...{ terms: {}, links: 1, invoices: 2, wallets: 2 },
  ...{ ways: 'each', travel: 'at once', crash: 'usual' },
};
const ONE_CLAIM: Omit<Scenario, 'name'> = {
  ...{ ...TWO_CLAIMS, invoices: 1, wallets: 1, travel: 'each way' },
};

export const SCENARIOS: readonly Scenario[] = [
  { ...ONE_CLAIM, name: 'one-claim-that-stalls' },
  { ...ONE_CLAIM, name: 'one-claim-and-another-node', crash: 'another node' },
  { ...TWO_CLAIMS, name: 'two-vouchers-one-invoice', links: 2, invoices: 1 },
  { ...TWO_CLAIMS, name: 'one-voucher-two-invoices' },
  { ...TWO_CLAIMS, name: 'one-voucher-one-invoice', invoices: 1 },
  { ...TWO_CLAIMS, name: 'money-for-one', terms: { uses: 2, total: satoshi(35n) } },
  { ...TWO_CLAIMS, name: 'both-paid', terms: { uses: 2 }, ways: 'paid' },
];

const AMOUNTS = [satoshi(11n), satoshi(12n)];
const EXPIRY_SECONDS = 60;
const SECOND_MS = 1000;
/** How often time may pass in a schedule: rounds of the payer, then the expiry, then rounds again. */
const PASSES_MS = [undefined, undefined, 16_000, 125_000, undefined, undefined] as const;

const STALL_MS = 125_000;
/** How the server says that it holds everything. */
export const ANOTHER_NODE = 'the node is another one';

interface Surroundings {
  readonly database: BooksDatabase;
  readonly mint: InvoiceMint;
}

/** A schedule is the list of what was chosen, by place among the choices. */
export type Schedule = readonly number[];

export interface Violation {
  readonly schedule: Schedule;
  readonly faults: readonly string[];
}

/**
 * Every order in which two claims can go, with one crash at every place. A schedule is left where it
 * comes to a state that was there before: what can happen from there is in another schedule.
 */
export class EverySchedule {
  readonly #scenario: Scenario;
  readonly #surroundings: Surroundings;
  readonly #seen = new Set<string>();
  readonly #left: Schedule[] = [[]];
  schedules = 0;
  steps = 0;

  constructor(scenario: Scenario, surroundings: Surroundings) {
    this.#scenario = scenario;
    this.#surroundings = surroundings;
  }

  /** Different situations that were met. */
  get states(): number {
    return this.#seen.size;
  }

  async *violations(): AsyncGenerator<Violation> {
    for (let prefix = this.#left.pop(); prefix; prefix = this.#left.pop()) {
      const { schedule, faults } = await this.#follow(prefix);
      this.schedules += 1;
      if (faults.length > 0) yield { schedule, faults };
    }
  }

  /** Goes by a schedule from the start, and on from its end by the first choice, to a known state. */
  async #follow(prefix: Schedule): Promise<Violation> {
    const run = new TwoClaims(this.#scenario, this.#surroundings);
    await run.prepare();
    const schedule: number[] = [];
    for (let choices = run.choices(); choices.length > 0; choices = run.choices()) {
      const given = prefix[schedule.length];
      if (given === undefined && !this.#isNew(run, schedule, choices.length)) {
        return { schedule, faults: [] };
      }
      const index = given ?? 0;
      schedule.push(index);
      await run.take(choices[index]);
      this.steps += 1;
    }
    return { schedule, faults: run.faults() };
  }

  #isNew(run: TwoClaims, schedule: Schedule, choices: number): boolean {
    const state = run.fingerprint();
    if (this.#seen.has(state)) return false;
    this.#seen.add(state);
    for (let index = choices - 1; index > 0; index -= 1) this.#left.push([...schedule, index]);
    return true;
  }
}

/** Goes by one schedule and tells what happens. */
export async function replaySchedule(
  scenario: Scenario,
  schedule: Schedule,
  surroundings: Surroundings,
): Promise<{ faults: readonly string[]; trace: readonly string[] }> {
  const run = new TwoClaims(scenario, surroundings);
  await run.prepare();
  const trace: string[] = [];
  for (const index of schedule) {
    const choice = run.choices()[index];
    trace.push(choice?.label ?? 'no such choice');
    await run.take(choice);
  }
  return { faults: run.faults(), trace };
}

/** One run of two claims and one crash. */
class TwoClaims {
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #wallets: Wallets;
  #crashes = 0;
  #passes = 0;
  #askedInVain = false;
  #stalled = false;

  constructor(scenario: Scenario, { database, mint }: Surroundings) {
    this.#scenario = scenario;
    this.#world = new World({
      ...{ database, mint, chance: new Chance(scenario.name) },
      ...{ grain: 'coarse', travel: scenario.travel, loops: new Set() },
      pace: { going: 1, coming: 1 },
    });
    this.#wallets = new Wallets(this.#world);
  }

  async prepare(): Promise<void> {
    const { terms, links, invoices, crash } = this.#scenario;
    await this.#world.startService();
    // Only a node that has paid before can be seen to have forgotten it (lnd.md 2.5 b).
    if (crash === 'another node') await this.#payOne();
    const vouchers: Voucher[] = [];
    for (let link = 0; link < links; link += 1) vouchers.push(await this.#makeLink(terms));
    for (let wallet = 0; wallet < this.#scenario.wallets; wallet += 1) {
      const voucher = vouchers[wallet % links];
      const amount = AMOUNTS[wallet % invoices];
      if (!voucher || amount === undefined) continue;
      const createdAt = this.#world.time.now;
      const invoice = this.#world.mint.forWallet(1 + (wallet % invoices), {
        ...{ amount, createdAt, expirySeconds: EXPIRY_SECONDS },
      });
      await this.#claim(voucher, invoice);
    }
  }

  async #payOne(): Promise<void> {
    const { mint, time, steps } = this.#world;
    const terms = { amount: satoshi(5n), createdAt: time.now, expirySeconds: EXPIRY_SECONDS };
    const voucher = await this.#makeLink({});
    await this.#claim(voucher, mint.forWallet(9, terms));
    for (const claim of this.#wallets.claims.splice(0))
      await this.#wallets.claimChoice(claim).take();
    for (await quiet(); steps.waiting.length > 0; await quiet()) {
      const [next] = steps.waiting;
      if (next) await steps.take(next);
    }
  }

  async #claim(voucher: Voucher, invoice: SimulatedInvoice): Promise<void> {
    const k1 = await this.#world.undisturbed(async ({ moneyOut: { withdrawLinks } }) =>
      withdrawLinks.challenge(await withdrawLinks.byToken(voucher.token)),
    );
    this.#wallets.add(voucher, k1, invoice);
  }

  /** What may happen next; nothing when all is over. */
  choices(): readonly Choice[] {
    const { steps, node } = this.#world;
    const busy = this.#orders(steps.waiting.filter(({ lazy }) => !lazy));
    const lazy = steps.waiting.filter((step) => step.lazy);
    const wallets = this.#walletChoices();
    const isOpen = this.#isOpen();
    // A node that is down is asked in vain once; that it is for ever says nothing about us.
    const isThere = node.process !== undefined || !this.#askedInVain;
    const mayPass = busy.length === 0 && wallets.length === 0 && isOpen && isThere;
    const calm = [
      ...busy.map((step) => this.#world.choiceOf(step)),
      ...wallets,
      ...(node.process ? [] : [choice('the node starts', () => node.start())]),
      ...(mayPass && this.#passes < PASSES_MS.length ? [this.#timePasses()] : []),
      ...(isOpen && this.#mayStall() ? [this.#stall()] : []),
      ...lazy.map((step) => this.#world.choiceOf(step)),
    ];
    if (calm.length === 0) return [];
    return [...calm, ...(this.#crashes === 0 && isOpen ? this.#crashChoices() : [])];
  }

  async take(chosen: Choice | undefined): Promise<void> {
    await chosen?.take();
    await quiet();
    this.#world.time.now += 1;
  }

  fingerprint(): string {
    return fingerprintOf(this.#world, this.#wallets, [
      this.#crashes,
      this.#passes,
      Number(this.#askedInVain),
      Number(this.#stalled),
    ]);
  }

  faults(): readonly string[] {
    const { database, node, errors } = this.#world;
    const held = this.#scenario.crash === 'another node' && this.#crashes > 0;
    const told = errors.filter((message) => !(held && message.startsWith(ANOTHER_NODE)));
    return [...new Books(database, node).faults({ held }), ...told];
  }

  async #makeLink(terms: Partial<WithdrawTerms>): Promise<Voucher> {
    return await this.#world.undisturbed(async ({ moneyOut: { withdrawLinks } }) => {
      const { link } = await withdrawLinks.create({ ...WITHDRAW_TERMS, ...terms }, false);
      return { linkId: link.id, token: withdrawLinks.token(link) };
    });
  }

  /** The steps that are gone through in every order. */
  #orders(busy: readonly Step[]): readonly Step[] {
    if (this.#scenario.ways === 'each') return busy;
    const ways = busy.filter(({ label }) => !label.endsWith('is refused'));
    return this.#crashes === 0 ? ways : ways.slice(0, 1);
  }

  /** Each wallet comes once, and once more when it heard nothing. */
  #walletChoices(): Choice[] {
    const { claims } = this.#wallets;
    return claims
      .filter(({ said, calls }) => said === 'nothing' || (said === 'gone' && calls < 2))
      .map((claim) => this.#wallets.claimChoice(claim));
  }

  /** Whether something is not over: a call, a claim, a request on its way. */
  #isOpen(): boolean {
    const { steps, database } = this.#world;
    if (steps.waiting.length > 0) return true;
    if (this.#wallets.claims.some(({ said }) => said === 'nothing' || said === 'waiting'))
      return true;
    const open = database.all(
      "select 1 as one from withdrawals where state in ('reserved', 'sending') limit 1",
    );
    return open.length > 0;
  }

  #timePasses(): Choice {
    const durationMs = PASSES_MS[this.#passes];
    const { time } = this.#world;
    return choice('time passes', async () => {
      this.#passes += 1;
      if (!this.#world.node.process) this.#askedInVain = true;
      const next = time.nextWake ?? time.now + SECOND_MS;
      await this.#world.passTimeTo(durationMs === undefined ? next : time.now + durationMs);
    });
  }

  /** Once, while something waits. */
  #mayStall(): boolean {
    const { steps } = this.#world;
    return this.#scenario.travel === 'each way' && !this.#stalled && steps.waiting.length > 0;
  }

  #stall(): Choice {
    return choice('everything stalls until the invoice has expired', async () => {
      this.#stalled = true;
      await this.#world.passTimeTo(this.#world.time.now + STALL_MS);
    });
  }

  #crashChoices(): Choice[] {
    const { service, node } = this.#world;
    if (this.#scenario.crash === 'another node') return node.process ? this.#losses() : [];
    const isGoing = (service?.node.faultable('request late') ?? 0) > 0;
    const inFlight = node.payments.some(({ state }) => state === 'in-flight');
    return [
      this.#serverCrash('lost'),
      ...(isGoing ? [this.#serverCrash('late')] : []),
      ...(isGoing && this.#scenario.travel === 'each way' ? [this.#cut()] : []),
      ...(node.process ? [this.#nodeCrash('lost')] : []),
      ...(node.process && inFlight ? [this.#nodeCrash('out')] : []),
    ];
  }

  #serverCrash(requests: 'lost' | 'late'): Choice {
    return choice(`the server crashes, requests ${requests}`, async () => {
      this.#crashes += 1;
      this.#world.crashService(requests);
      this.#wallets.serverIsGone();
      await this.#world.startService();
    });
  }

  /** Not quite a crash: both go on, and do not know what became of the request. */
  #cut(): Choice {
    return choice('the connection is cut, requests late', () => {
      this.#crashes += 1;
      this.#world.service?.node.cut('late');
    });
  }

  /** What was on its way at the old node ends unseen, one way or the other. */
  #losses(): Choice[] {
    const { node } = this.#world;
    return (['same key', 'other key'] as const).flatMap((identity) =>
      (['paid', 'failed'] as const).map((underWay) =>
        choice(`the node comes back empty, ${identity}, what was on its way is ${underWay}`, () => {
          this.#crashes += 1;
          node.crash('out');
          node.loseHistory(identity, underWay);
          node.start();
        }),
      ),
    );
  }

  #nodeCrash(attempts: 'lost' | 'out'): Choice {
    return choice(`the node crashes, attempts ${attempts}`, () => {
      this.#crashes += 1;
      this.#world.node.crash(attempts);
    });
  }
}

function choice(label: string, take: Choice['take']): Choice {
  return { label, weight: 1, take };
}
