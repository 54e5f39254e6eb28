import { AppError } from '../../src/errors.ts';
import type { K1, PaymentHash } from '../../src/hex.ts';
import { type Msat, msat, parseMsat } from '../../src/msat.ts';
import { walletCall } from './service-under-test.ts';
import { short } from './simulated-node.ts';
import type { SimulatedInvoice } from './wallet-invoices.ts';
import type { Choice, World } from './world.ts';

/** What a wallet holds in its hand to be paid. */
export interface Voucher {
  readonly linkId: string;
  readonly token: string;
}

/** A wallet's try to be paid: the same challenge and the same invoice, as often as it likes. */
export interface Claim {
  readonly voucher: Voucher;
  readonly k1: K1;
  readonly invoice: SimulatedInvoice;
  /** What the wallet knows of it. */
  said: 'nothing' | 'waiting' | 'OK' | 'refused' | 'gone';
  everOk: boolean;
  reason: string | undefined;
  calls: number;
}

/** A wallet's try to pay: it asks for an invoice, and pays it when it gets one. */
export interface Order {
  readonly token: string;
  readonly amount: Msat;
  said: 'nothing' | 'waiting' | 'refused' | 'gone' | 'invoice' | 'paid';
  bolt11: string | undefined;
}

const CALLS_A_CLAIM = 2;

/** The wallets of a run. Whatever they may do next is a choice. */
export class Wallets {
  readonly claims: Claim[] = [];
  readonly orders: Order[] = [];
  readonly #world: World;
  readonly #patience = new Map<Claim | Order, AbortController>();

  constructor(world: World) {
    this.#world = world;
  }

  add(voucher: Voucher, k1: K1, invoice: SimulatedInvoice): Claim {
    const known = { said: 'nothing', everOk: false, reason: undefined, calls: 0 } as const;
    const claim: Claim = { voucher, k1, invoice, ...known };
    this.claims.push(claim);
    return claim;
  }

  order(token: string, amount: Msat): void {
    this.orders.push({ token, amount, said: 'nothing', bolt11: undefined });
  }

  /** Who waited for an answer of the server gets none. */
  serverIsGone(): void {
    for (const each of [...this.claims, ...this.orders])
      if (each.said === 'waiting') each.said = 'gone';
    this.#patience.clear();
  }

  choices(): Choice[] {
    if (!this.#world.service) return [];
    const claims = this.claims.filter(({ said, calls }) => {
      if (said === 'waiting') return false;
      return calls < (said === 'OK' ? 2 : CALLS_A_CLAIM);
    });
    const orders = this.orders.filter(({ said }) => said === 'nothing');
    const invoices = this.orders.filter(({ said }) => said === 'invoice');
    return [
      ...claims.map((claim) => this.claimChoice(claim)),
      ...orders.map((order) => ({
        ...{ label: `wallet orders ${order.amount}`, weight: 6 },
        take: () => this.#askFor(order),
      })),
      ...invoices.map((order) => ({
        ...{ label: `wallet pays ${order.amount}`, weight: 5 },
        take: () => this.#pay(order),
      })),
    ];
  }

  claimChoice(claim: Claim): Choice {
    const { invoice, said, k1 } = claim;
    return {
      label: `wallet claims ${short(k1)} for ${short(invoice.paymentHash)}`,
      weight: said === 'OK' || said === 'refused' ? 0.7 : 5,
      take: () => this.#claim(claim),
    };
  }

  /** Those who wait for an answer, and could give up. */
  impatience(): Choice[] {
    return [...this.#patience].map(([each, patience]) => ({
      ...{ label: 'wallet gives up', weight: 1 },
      take: () => {
        each.said = 'gone';
        this.#patience.delete(each);
        patience.abort();
      },
    }));
  }

  #claim(claim: Claim): void {
    const { service } = this.#world;
    if (!service) return;
    const { voucher, k1, invoice } = claim;
    claim.calls += 1;
    const query = { k1, pr: invoice.bolt11 };
    const answer = this.#ask(
      claim,
      async (signal) =>
        await service.withdrawHandlers.callback(
          { token: voucher.token },
          walletCall(query),
          signal,
        ),
    );
    answer.then(
      () => {
        claim.everOk = true;
        if (claim.said === 'waiting') claim.said = 'OK';
      },
      (error: unknown) => this.#refused(claim, error),
    );
  }

  #askFor(order: Order): void {
    const { service } = this.#world;
    if (!service) return;
    const query = { amount: String(order.amount) };
    const answer = this.#ask(
      order,
      async (signal) =>
        await service.payHandlers.callback({ token: order.token }, walletCall(query), signal),
    );
    answer.then(
      (body) => {
        if (order.said !== 'waiting' || !('pr' in body)) return;
        order.said = 'invoice';
        order.bolt11 = String(body.pr);
      },
      (error: unknown) => this.#refused(order, error),
    );
  }

  async #ask(each: Claim | Order, call: (signal: AbortSignal) => Promise<object>): Promise<object> {
    const patience = new AbortController();
    each.said = 'waiting';
    this.#patience.set(each, patience);
    try {
      return await call(patience.signal);
    } finally {
      if (this.#patience.get(each) === patience) this.#patience.delete(each);
    }
  }

  #refused(each: Claim | Order, error: unknown): void {
    const known = error instanceof AppError;
    if (!known) this.#world.errors.push(`a wallet met ${String(error)}`);
    if (each.said !== 'waiting') return;
    each.said = 'refused';
    if ('reason' in each) each.reason = known ? error.message : 'internal';
  }

  /** Pays once, and now and then more than was asked (FC-8). */
  #pay(order: Order): void {
    const hash = this.#hashOf(order);
    const more = parseMsat(String(order.amount + (order.amount % 7n)));
    const done = hash !== undefined && this.#world.node.receive(hash, more ?? msat(order.amount));
    order.said = done ? 'paid' : 'refused';
  }

  #hashOf({ bolt11 }: Order): PaymentHash | undefined {
    return bolt11 === undefined ? undefined : this.#world.mint.read(bolt11)?.paymentHash;
  }
}
