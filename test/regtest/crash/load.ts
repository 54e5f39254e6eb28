import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from '../../faults/chance.ts';
import { HoldInvoice } from '../network/hold-invoice.ts';
import type { LndNode } from '../network/lnd.ts';
import { pay } from '../network/payments.ts';
import { untilTrue } from '../network/until.ts';
import { hexOf } from './node-lists.ts';
import type { Promises, Voucher } from './promises.ts';
import type { ServerLives } from './server-lives.ts';
import type { Offer, Wallets } from './wallets.ts';

const LANES = 6;
const PAUSE_MAX_MS = 250;
const PAUSE_AFTER_REFUSAL_MS = 1_000;
const SERVED_AGAIN = 4;
const SERVED_WITHIN_MS = 60_000;
const VOUCHERS_AT_ONCE = 60;
const VOUCHERS_LOW = 20;
/** Who holds a voucher that was tried before tries it again so often. */
const TRIES_MAX = 4;
const HELD_MAX = 4;
const HELD_SHARE = 0.08;
const HELD_MIN_MS = 500;
const HELD_MAX_MS = 15_000;
const LINK_USES = 100_000;
const NEVER_PAID = 0.15;
/** Bounds of what is paid and withdrawn, in satoshi: most are small, so that channels last. */
const SMALL_SAT = { from: 1_000, to: 10_000 };
const LARGE_SAT = { from: 10_000, to: 50_000 };
const LARGE_SHARE = 0.05;
/** Short, so that a run need not wait long for what ends with its invoice (FC-2). */
const EXPIRIES_SECONDS = [24, 30, 45];
const PATIENT_EXPIRY_SECONDS = 3_600;
const PATIENT_SHARE = 0.1;

interface Parts {
  readonly server: ServerLives;
  readonly wallets: Wallets;
  /** Who pays and who is paid. */
  readonly others: readonly LndNode[];
  readonly promises: Promises;
  readonly chance: Chance;
}

/** An invoice of a wallet. */
export interface WalletInvoice {
  readonly bolt11: string;
  readonly paymentHash: string;
}

/** Wallets that pay and withdraw all the time, whatever happens to the server and its node. */
export class Load {
  /** The share of pays; the rest is withdrawn. */
  payShare = 0.5;
  readonly #parts: Parts;
  readonly #fresh: Voucher[] = [];
  readonly #links: Voucher[] = [];
  readonly #callbacks: string[] = [];
  /** How many steps of wallets were answered with what they asked for. */
  #served = 0;
  #making: Promise<void> | undefined;
  #stop = new AbortController();
  #lanes: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What is paid and withdrawn on, before anything is killed. */
  async prepare(): Promise<void> {
    const terms = { description: 'Coffee', minMsat: 1_000, maxMsat: 100_000_000 };
    const { url } = await this.#make('/api/v1/pay-links', terms);
    const shown = await this.#parts.server.wallet.json<{ callback: string }>(new URL(url).pathname);
    this.#callbacks.push(shown.callback);
    const link = await this.#make('/api/v1/withdraw-links', voucherTerms({ uses: LINK_USES }));
    this.#links.push(voucherOf(link, LINK_USES));
    this.#parts.promises.vouchers.push(...this.#links);
    await this.#makeVouchers();
  }

  start(): void {
    this.#stop = new AbortController();
    const lanes = Array.from({ length: LANES }, async () => await this.#lane(this.#stop.signal));
    this.#lanes = Promise.all(lanes);
    // Whoever stops hears of it; until then nobody listens.
    this.#lanes.catch(() => undefined);
  }

  /** Begins nothing new, and waits for what was begun. Throws what a wallet should never meet. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#lanes;
  }

  /** Waits until wallets are served again, for as long as it may take to find a lost connection. */
  async goesOn(): Promise<void> {
    const enough = this.#served + SERVED_AGAIN;
    await untilTrue('wallets to be served', () => this.#served >= enough, SERVED_WITHIN_MS);
  }

  /** A wallet that takes a voucher nobody has tried. */
  async freshOffer(): Promise<Offer | undefined> {
    const voucher = this.#fresh.shift();
    if (!voucher) return undefined;
    voucher.tries += 1;
    return await this.#parts.wallets.offer(voucher);
  }

  async newInvoice(payee: LndNode, expirySeconds = this.#expirySeconds()): Promise<WalletInvoice> {
    const answer = await payee.client.call('lnrpc.Lightning/AddInvoice', {
      value_msat: String(this.#amountSat() * 1000),
      expiry: String(expirySeconds),
    });
    return { bolt11: answer.payment_request, paymentHash: hexOf(answer.r_hash) };
  }

  async #lane(signal: AbortSignal): Promise<void> {
    const { chance } = this.#parts;
    while (!signal.aborted) {
      const served = chance.happens(this.payShare) ? await this.#pay() : await this.#withdraw();
      if (served) this.#served += 1;
      const pauseMs = chance.below(served ? PAUSE_MAX_MS : PAUSE_AFTER_REFUSAL_MS);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Answers whether there was something to pay. */
  async #pay(): Promise<boolean> {
    const { wallets, chance, others, promises } = this.#parts;
    const callback = chance.one(this.#callbacks);
    const bolt11 = await wallets.invoice(callback, this.#amountSat() * 1000);
    if (bolt11 === undefined) return false;
    if (chance.happens(NEVER_PAID)) return true;
    promises.counts.pays += 1;
    // Whether it went well is read from the books of both nodes.
    await pay(chance.one(others), bolt11).catch(() => undefined);
    return true;
  }

  /** Answers whether a claim was taken, its own or, as far as one can see, another. */
  async #withdraw(): Promise<boolean> {
    const { wallets, chance, others, promises } = this.#parts;
    const voucher = this.#voucher();
    const offer = voucher && (await wallets.offer(voucher));
    if (!offer) return false;
    promises.counts.withdraws += 1;
    const claimedBefore = promises.claimed.size;
    const payee = chance.one(others);
    if (promises.held.size < HELD_MAX && chance.happens(HELD_SHARE)) {
      await this.#claimHeld(offer, payee);
    } else await this.#claimAtOnce(offer, payee);
    return promises.claimed.size > claimedBefore;
  }

  /** Once, twice, or with more invoices than one, as people and wallets do. */
  async #claimAtOnce(offer: Offer, payee: LndNode): Promise<void> {
    const { wallets, chance, others } = this.#parts;
    const invoice = await this.newInvoice(payee);
    const claim = async ({ bolt11, paymentHash }: WalletInvoice) =>
      await wallets.claim(offer, bolt11, paymentHash);
    const way = chance.below(10);
    if (way < 2) await Promise.all([claim(invoice), claim(invoice)]);
    else if (way < 4) {
      const other = await this.newInvoice(chance.one(others));
      await Promise.all([claim(invoice), claim(other)]);
    } else {
      await claim(invoice);
      if (way === 4) await claim(await this.newInvoice(payee));
    }
  }

  /** A payee that decides later, and not always to be paid. */
  async #claimHeld(offer: Offer, payee: LndNode): Promise<void> {
    const { wallets, chance, promises } = this.#parts;
    const value_msat = String(this.#amountSat() * 1000);
    const invoice = await HoldInvoice.create(payee, {
      ...{ value_msat, expiry: String(chance.one(EXPIRIES_SECONDS)) },
    });
    const { bolt11, paymentHash } = invoice;
    promises.held.set(paymentHash, invoice);
    await wallets.claim(offer, bolt11, paymentHash);
    const afterMs = HELD_MIN_MS + chance.below(HELD_MAX_MS - HELD_MIN_MS);
    const how = chance.happens(0.6) ? 'settle' : 'cancel';
    // It holds on when the money has not come by then; at the end everybody decides.
    delay(afterMs, undefined, { ref: false })
      .then(async () => await this.decide(invoice, how))
      .catch(() => undefined);
  }

  /** Whoever still holds an invoice decides: to be paid if the money has come. */
  async decideAll(): Promise<void> {
    for (const invoice of this.#parts.promises.held.values()) {
      await this.decide(invoice, (await invoice.state()) === 'ACCEPTED' ? 'settle' : 'cancel');
    }
  }

  /** A payee decides; one whom nothing was sent to can only cancel. */
  async decide(invoice: HoldInvoice, how: 'settle' | 'cancel'): Promise<void> {
    try {
      const state = await invoice.state();
      if (how === 'settle' && state === 'OPEN') return;
      if (how === 'settle' && state === 'ACCEPTED') await invoice.settle();
      else if (state === 'OPEN' || state === 'ACCEPTED') await invoice.cancel();
      this.#parts.promises.held.delete(invoice.paymentHash);
    } catch {
      // Its node has let it expire, or is asked at the end again.
    }
  }

  #voucher(): Voucher | undefined {
    const { chance, promises } = this.#parts;
    if (this.#fresh.length < VOUCHERS_LOW) this.#making ??= this.#refill();
    const way = chance.below(10);
    const [fresh] = this.#fresh;
    const used = promises.vouchers.slice(-VOUCHERS_AT_ONCE * 2);
    const voucher = way === 0 ? chance.one(this.#links) : way < 3 ? chance.one(used) : fresh;
    if (!voucher || (voucher.uses === 1 && voucher.tries >= TRIES_MAX)) return undefined;
    if (voucher === fresh) this.#fresh.shift();
    voucher.tries += 1;
    return voucher;
  }

  async #refill(): Promise<void> {
    // A server that is down is asked again by the next wallet that wants one.
    await this.#makeVouchers().catch(() => undefined);
    this.#making = undefined;
  }

  async #makeVouchers(): Promise<void> {
    const { server, promises } = this.#parts;
    const terms = voucherTerms({ count: VOUCHERS_AT_ONCE });
    const { id } = await this.#make('/api/v1/withdraw-batches', terms);
    const path = `/api/v1/withdraw-batches/${id}/vouchers?limit=${VOUCHERS_AT_ONCE}`;
    const { items } = await server.operator.json<{ items: readonly Made[] }>(path);
    const vouchers = items.map((item) => voucherOf(item, 1));
    this.#fresh.push(...vouchers);
    promises.vouchers.push(...vouchers);
  }

  async #make(path: string, body: object): Promise<Made> {
    const { status, text } = await this.#parts.server.operator.post(path, body);
    if (status !== 201) throw new Error(`POST ${path} was answered ${status}: ${text}`);
    return JSON.parse(text) as Made;
  }

  #amountSat(): number {
    const { chance } = this.#parts;
    const { from, to } = chance.happens(LARGE_SHARE) ? LARGE_SAT : SMALL_SAT;
    return from + chance.below(to - from + 1);
  }

  #expirySeconds(): number {
    const { chance } = this.#parts;
    return chance.happens(PATIENT_SHARE) ? PATIENT_EXPIRY_SECONDS : chance.one(EXPIRIES_SECONDS);
  }
}

interface Made {
  readonly id: string;
  readonly url: string;
}

function voucherTerms(more: object): object {
  const bounds = { minMsat: SMALL_SAT.from * 1000, maxMsat: LARGE_SAT.to * 1000 };
  return { description: 'Voucher', ...bounds, ...more };
}

function voucherOf({ id, url }: Made, uses: number): Voucher {
  return { id, path: new URL(url).pathname, uses, tries: 0 };
}
