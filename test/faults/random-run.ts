import type { WithdrawTerms } from '../../src/accounts/withdraw-link.ts';
import { type Msat, msat, satoshi } from '../../src/msat.ts';
import { move, TREASURY } from '../../src/payments/ledger.ts';
import { book } from '../../src/store/ledger.ts';
import { COFFEE_TERMS } from '../support/pay-store.ts';
import { Books } from './books.ts';
import type { BooksDatabase } from './books-database.ts';
import { Chance } from './chance.ts';
import { Disturbance } from './disturbance.ts';
import { ANOTHER_NODE } from './every-schedule.ts';
import { WITHDRAW_TERMS, withFee } from './service-under-test.ts';
import { short } from './simulated-node.ts';
import { quiet } from './steps.ts';
import type { InvoiceMint, SimulatedInvoice } from './wallet-invoices.ts';
import { type Voucher, Wallets } from './wallets.ts';
import { type Choice, World, type WorldOptions } from './world.ts';

export interface RunResult {
  /** What is wrong; nothing is what we want. */
  readonly faults: readonly string[];
  readonly trace: readonly string[];
}

interface Surroundings {
  readonly database: BooksDatabase;
  readonly mint: InvoiceMint;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600 * SECOND_MS;
const EXPIRIES_SECONDS = [60, 60, 120, 600, 3_600];
/** More than this in a row without an end is a loop. */
const MAX_STEPS_IN_CALM = 5_000;
const TENANT = 'ac_tenant';

/** What a run is made of. */
interface Plan {
  readonly steps: number;
  readonly links: number;
  readonly linksEnd: boolean;
  /** Money that comes in. */
  readonly orders: number;
  readonly pace: WorldOptions['pace'];
}

function planOf(chance: Chance): Plan {
  return {
    steps: 20 + chance.below(90),
    links: chance.one([1, 1, 2, 3]),
    linksEnd: chance.happens(0.25),
    orders: chance.happens(0.4) ? 1 + chance.below(3) : 0,
    pace: { going: chance.one([10, 10, 1]), coming: chance.one([10, 10, 1]) },
  };
}

function loopsOf({ linksEnd, orders }: Plan): WorldOptions['loops'] {
  return new Set([
    ...(linksEnd ? (['links end'] as const) : []),
    ...(orders > 0 ? (['invoices are watched'] as const) : []),
  ]);
}

/** One long run: some links, some wallets, and whatever chance does to them; then calm, and the sum. */
export class RandomRun {
  readonly #chance: Chance;
  readonly #plan: Plan;
  readonly #world: World;
  readonly #wallets: Wallets;
  readonly #disturbance: Disturbance;
  readonly #vouchers: { readonly voucher: Voucher; readonly terms: WithdrawTerms }[] = [];
  /** What is on its way stays there until long after every invoice has expired. */
  readonly #payeesHold: boolean;
  readonly #trace: string[] = [];
  readonly #faults: string[] = [];
  #invoices = 0;

  constructor(seed: string, { database, mint }: Surroundings) {
    this.#chance = new Chance(seed);
    this.#plan = planOf(this.#chance);
    this.#payeesHold = new Chance(`${seed} payees`).happens(0.2);
    this.#world = new World({
      ...{ database, mint, chance: new Chance(`${seed} world`) },
      ...{ grain: 'fine', travel: 'each way', loops: loopsOf(this.#plan) },
      pace: this.#plan.pace,
    });
    this.#wallets = new Wallets(this.#world);
    this.#disturbance = new Disturbance(this.#world, this.#wallets, this.#chance);
  }

  async run(): Promise<RunResult> {
    await this.#prepare();
    for (let step = 0; step < this.#plan.steps; step += 1) {
      await this.#takeOne([
        ...this.#world.stepChoices(),
        ...this.#wallets.choices(),
        ...this.#newClaims(),
        ...this.#disturbance.choices(),
        ...this.#timeChoices(),
      ]);
    }
    await this.#calm();
    if (this.#faults.length === 0) await this.#useWhatIsLeft();
    this.#faults.push(...this.#sum());
    return { faults: this.#faults, trace: this.#trace };
  }

  /** The operator makes links while all is well. */
  async #prepare(): Promise<void> {
    await this.#world.startService();
    await this.#fundTenant();
    const { links, orders } = this.#plan;
    for (let link = 0; link < links; link += 1) await this.#makeVoucher();
    if (orders > 0) await this.#makePayLink(orders);
    // Some node has paid before: only then can its memory be tried (lnd.md 2.5 b).
    if (this.#chance.happens(0.3)) await this.#payOne();
    this.#trace.push('prepared');
  }

  async #fundTenant(): Promise<void> {
    const amount = msat(BigInt(this.#chance.below(400_000)));
    await this.#world.undisturbed(async ({ sql }) => {
      await sql.transaction(async (tx) => {
        await tx.query(
          `insert into accounts (id, name, floor_msat, balance_msat, created_at)
           values ($1, 'A tenant', 0, 0, 0)`,
          [TENANT],
        );
        if (amount === 0n) return;
        const entries = move(TREASURY, TENANT, amount);
        const createdAt = this.#world.time.now;
        const id = 'tr_operator_tenant';
        await book(tx, {
          id,
          kind: 'operator',
          reference: TENANT,
          note: undefined,
          entries,
          createdAt,
        });
      });
    });
  }

  async #makeVoucher(): Promise<void> {
    const chance = this.#chance;
    const uses = chance.one([1, 1, 1, 2, 3]);
    const max = satoshi(BigInt(1 + chance.below(100)));
    const terms: WithdrawTerms = {
      ...{ ...WITHDRAW_TERMS, max, uses },
      ...(chance.happens(0.25) && { accountId: TENANT }),
      ...(chance.happens(0.2) && { total: msat(withFee(max) + withFee(max) / 2n) }),
      ...(chance.happens(0.1) && { day: msat(withFee(max)) }),
      ...(uses > 1 && chance.happens(0.2) && { waitSeconds: 30 }),
      ...(this.#plan.linksEnd && {
        expiresAt: this.#world.time.now + chance.one([40, 90, 300]) * SECOND_MS,
      }),
    };
    const funded = chance.happens(0.4);
    const made = await this.#world.undisturbed(async ({ moneyOut }) => {
      const { withdrawLinks } = moneyOut;
      const created = await withdrawLinks.create(terms, funded).catch(() => undefined);
      return created && { linkId: created.link.id, token: withdrawLinks.token(created.link) };
    });
    if (made) this.#vouchers.push({ voucher: made, terms });
  }

  async #makePayLink(orders: number): Promise<void> {
    const oneTime = this.#chance.happens(0.5);
    const token = await this.#world.undisturbed(async ({ moneyIn }) => {
      const link = await moneyIn.payLinks.create({ ...COFFEE_TERMS, oneTime }, undefined);
      return moneyIn.payLinks.token(link);
    });
    for (let order = 0; order < orders; order += 1) {
      this.#wallets.order(token, satoshi(BigInt(10 + order)));
    }
  }

  async #payOne(): Promise<void> {
    const { linkId, token } = await this.#world.undisturbed(async ({ moneyOut }) => {
      const { link } = await moneyOut.withdrawLinks.create(WITHDRAW_TERMS, false);
      return { linkId: link.id, token: moneyOut.withdrawLinks.token(link) };
    });
    const claim = await this.#claimFor({ linkId, token }, this.#newInvoice(satoshi(5n), 3_600));
    await this.#wallets.claimChoice(claim).take();
    await this.#settle('arrives');
  }

  /** A wallet thinks of another way to be paid: the same challenge or another, or a used invoice. */
  #newClaims(): Choice[] {
    const { service } = this.#world;
    if (!service || this.#wallets.claims.length >= 7) return [];
    return this.#vouchers.map(({ voucher, terms }) => ({
      ...{ label: 'wallet thinks of a claim', weight: this.#wallets.claims.length < 2 ? 6 : 0.7 },
      take: async () => {
        const others = this.#wallets.claims.map(({ invoice }) => invoice);
        const used = others.length > 0 && this.#chance.happens(0.15);
        await this.#claimFor(
          voucher,
          used ? this.#chance.one(others) : this.#invoiceWithin(terms.max),
        );
      },
    }));
  }

  async #claimFor(voucher: Voucher, invoice: SimulatedInvoice) {
    const service = this.#world.service;
    const mine = this.#wallets.claims.filter((claim) => claim.voucher === voucher);
    const again = mine.length > 0 && this.#chance.happens(0.3);
    const link = await service?.moneyOut.withdrawLinks
      .byToken(voucher.token)
      .catch(() => undefined);
    const k1 =
      link && service && !again ? service.moneyOut.withdrawLinks.challenge(link) : undefined;
    const kept = mine.length > 0 ? this.#chance.one(mine).k1 : invoice.paymentHash;
    return this.#wallets.add(
      voucher,
      k1 ?? (kept as typeof kept & NonNullable<typeof k1>),
      invoice,
    );
  }

  #invoiceWithin(max: Msat): SimulatedInvoice {
    const sat = 1n + BigInt(this.#chance.below(Number(max / 1000n)));
    return this.#newInvoice(satoshi(sat), this.#chance.one(EXPIRIES_SECONDS));
  }

  #newInvoice(amount: Msat, expirySeconds: number): SimulatedInvoice {
    this.#invoices += 1;
    const { mint, time } = this.#world;
    return mint.forWallet(this.#invoices, { amount, createdAt: time.now, expirySeconds });
  }

  #timeChoices(): Choice[] {
    const { time, steps } = this.#world;
    const isBusy = steps.waiting.some(({ lazy }) => !lazy);
    const pass = (label: string, weight: number, moment: number): Choice => ({
      ...{ label: `time passes ${label}`, weight: isBusy ? weight / 10 : weight },
      take: async () => await this.#world.passTimeTo(moment),
    });
    return [
      pass('a moment', 3, time.now + 1 + this.#chance.below(900)),
      pass('until somebody wakes', 8, time.nextWake ?? time.now),
      pass('20 s', 2, time.now + 20 * SECOND_MS),
      pass('2 minutes', 0.5, time.now + 120 * SECOND_MS),
    ];
  }

  async #takeOne(choices: readonly Choice[]): Promise<void> {
    const choice = choices[this.#chance.weighted(choices.map(({ weight }) => weight))];
    if (!choice) return;
    this.#trace.push(choice.label);
    await choice.take();
    await quiet();
    this.#world.time.now += 1;
  }

  /** The faults stop: the node and the server run, and what is late arrives or never does. */
  async #calm(): Promise<void> {
    this.#trace.push('calm');
    await this.#disturbance.stop();
    const { time } = this.#world;
    for (let round = 0; round < 14; round += 1) {
      const mayStay = round < (this.#payeesHold ? 10 : 8);
      if (!(await this.#settle('any', mayStay))) return;
      if (this.#isOver()) return;
      await this.#world.passTimeTo(this.#calmUntil(round, time.now));
    }
  }

  #calmUntil(round: number, now: number): number {
    const next = this.#world.time.nextWake ?? now;
    if (round < 3) return next;
    if (round < 6) return now + 16 * SECOND_MS;
    // All invoices expire, with what a late request may have left; and links end.
    if (round === 6 || round === 8) return now + 3_700 * SECOND_MS;
    if (round === 7 && this.#payeesHold) return now + 25 * HOUR_MS;
    // A payment that no channel holds is given to a person.
    if (round === 10) return now + 16 * DAY_MS;
    return next;
  }

  /** Takes the steps that wait; late ones may stay behind. false: they had no end. */
  async #settle(ending: 'any' | 'arrives', mayStay = false): Promise<boolean> {
    const { steps } = this.#world;
    const stayBehind = mayStay && (this.#chance.happens(0.5) || this.#payeesHold);
    await quiet();
    for (let count = 0; count < MAX_STEPS_IN_CALM; count += 1) {
      const waiting = steps.waiting.filter(({ lazy, label }) => {
        if (ending === 'arrives' && label.endsWith('is refused')) return false;
        if (ending === 'arrives' && label.endsWith('has no route')) return false;
        return !(lazy && stayBehind);
      });
      if (waiting.length === 0) return true;
      await this.#takeOne(waiting.map((step) => this.#world.choiceOf(step)));
    }
    this.#faults.push('the steps have no end');
    return false;
  }

  /** Nothing waits, nothing is open that the node knows the end of. */
  #isOver(): boolean {
    const { database, steps, node } = this.#world;
    if (steps.waiting.length > 0) return false;
    const [open] = database.all<{ claims: bigint }>(
      "select count(*) as claims from withdrawals where state in ('reserved', 'sending')",
    );
    if (open?.claims !== 0n) return false;
    const hashes = database
      .all<{ payment_hash: string }>("select payment_hash from invoices where state = 'open'")
      .map(({ payment_hash }) => payment_hash);
    const known = node.receipts.filter(({ invoice }) => hashes.includes(invoice.paymentHash));
    return known.every(({ state }) => state === 'open');
  }

  /** No voucher is stranded: what is not spent can be claimed by whoever comes next. */
  async #useWhatIsLeft(): Promise<void> {
    if (this.#disturbance.happened.has('history')) return;
    for (const { voucher, terms } of this.#vouchers) {
      if (terms.uses > 1 || terms.accountId === TENANT || terms.day !== undefined) continue;
      const before = this.#linkRow(voucher);
      if (!before?.open || before.uses_taken > 0n) continue;
      const k1s = this.#wallets.claims.filter((claim) => claim.voucher === voucher);
      const claim = await this.#claimFor(voucher, this.#newInvoice(terms.max, 3_600));
      this.#trace.push(`what is left is claimed after ${k1s.length} tries`);
      await this.#wallets.claimChoice(claim).take();
      if (!(await this.#settle('arrives'))) return;
      const paid = this.#linkRow(voucher)?.uses_paid === 1n;
      if (!paid) this.#faults.push(`a voucher is stranded: ${claim.said} (${claim.reason})`);
    }
  }

  #linkRow({ linkId }: Voucher) {
    const [row] = this.#world.database.connection.run<{
      uses_taken: bigint;
      uses_paid: bigint;
      open: bigint;
    }>(
      `select uses_taken, uses_paid,
              case when disabled_at is null and deleted_at is null and ended_at is null
                    and (expires_at is null or expires_at > $2) then 1 else 0 end as open
         from withdraw_links where id = $1`,
      [linkId, this.#world.time.now],
    );
    return row && { ...row, open: row.open === 1n };
  }

  #sum(): readonly string[] {
    const { database, node, errors } = this.#world;
    const held =
      this.#disturbance.happened.has('history') || this.#disturbance.happened.has('stuck');
    const told = this.#disturbance.happened.has('history')
      ? errors.filter((message) => !message.startsWith(ANOTHER_NODE))
      : errors;
    const unheard = this.#wallets.claims.filter(({ everOk, invoice }) => {
      return everOk && !this.#hasRow(invoice.paymentHash);
    });
    return [
      ...new Books(database, node).faults({ held }),
      ...told.map((message) => `the server met: ${message}`),
      ...unheard.map(() => 'a wallet was told OK, and nothing is kept of its claim'),
      ...this.#givenUpTooSoon().map((hash) => `${short(hash)} was called stuck while it was not`),
    ];
  }

  /** Payments that were given to a person though a channel held them, or the node would end them. */
  #givenUpTooSoon(): string[] {
    const { database, node } = this.#world;
    const told = database.all<{ data: string }>(
      "select data from events where type = 'withdrawal.held'",
    );
    return told.flatMap(({ data }) => {
      const { paymentHash, reason } = JSON.parse(data);
      const isStuck = node.payments.some(
        ({ invoice, htlc }) => invoice.paymentHash === paymentHash && htlc === 'stuck',
      );
      return reason !== 'stuck' || isStuck ? [] : [String(paymentHash)];
    });
  }

  #hasRow(hash: string): boolean {
    const rows = this.#world.database.connection.run(
      'select 1 as one from withdrawals where payment_hash = $1',
      [hash],
    );
    return rows.length > 0;
  }
}
