import { expect } from '@jest/globals';
import { type K1, parseHex32 } from '../../../src/hex.ts';
import { LoginWallet } from '../../support/login-wallet.ts';
import type { LndNode } from '../network/lnd.ts';
import { pay } from '../network/payments.ts';
import { until, untilTrue } from '../network/until.ts';
import type { Counter } from './counter.ts';
import { OK, VOUCHER_MSAT, Voucher } from './voucher.ts';

/** Promise P4: a wallet is answered within 3 s, whatever is broken behind us. */
const PATIENCE_MS = 3_000;
const AMOUNT_MSAT = 15_000;
/** A pay link that any guest may pay. */
export const COFFEE = { description: 'Coffee', minMsat: 1_000, maxMsat: 50_000_000 };
/** LUD-01, in words that a person understands. */
const REFUSED = {
  status: 'ERROR',
  reason: expect.stringMatching(/^The Lightning node .*, try again/),
};

/** On which nodes a guest has his money. */
export interface Wallets {
  readonly payer: LndNode;
  readonly payee: LndNode;
}

interface Parts {
  readonly counter: Counter;
  readonly wallets: Wallets;
  readonly voucher: Voucher;
  /** With which the voucher is claimed. */
  readonly invoice: string;
  /** Of the code that he pays. */
  readonly payCallback: string;
}

/** Somebody with a bill to pay and a voucher to claim, who has read both codes once. */
export class Guest {
  readonly #counter: Counter;
  readonly #wallets: Wallets;
  readonly #voucher: Voucher;
  readonly #invoice: string;
  readonly #payCallback: string;

  static async arrive(counter: Counter, wallets: Wallets): Promise<Guest> {
    const voucher = await Voucher.make(counter);
    const { url } = await counter.operator('POST', '/pay-links', COFFEE);
    const { callback } = await counter.wallet(url);
    const request = { value_msat: String(VOUCHER_MSAT) };
    const invoice = await wallets.payee.client.call('lnrpc.Lightning/AddInvoice', request);
    const { payment_request } = invoice;
    return new Guest({
      ...{ counter, wallets, voucher, invoice: payment_request, payCallback: callback },
    });
  }

  private constructor({ counter, wallets, voucher, invoice, payCallback }: Parts) {
    this.#counter = counter;
    this.#wallets = wallets;
    this.#voucher = voucher;
    this.#invoice = invoice;
    this.#payCallback = payCallback;
  }

  /**
   * He is told in time that nothing can be had, at once and when it is known why; the operator is told
   * why; nothing is taken, and he can log in all the same.
   */
  async isTurnedAway(kind: string): Promise<void> {
    const first = await this.#ask();
    await this.#untilNode(kind);
    const second = await this.#ask();

    expect([first, second]).toEqual([
      [REFUSED, REFUSED],
      [REFUSED, REFUSED],
    ]);
    await this.#logsIn();
    expect(await this.#voucher.claims()).toEqual([]);
    expect(await this.#voucher.terms()).toMatchObject({ usesLeft: 1, takenMsat: 0 });
  }

  /** Once the node is well the same codes and the same invoice are as good as they were. */
  async isServed(): Promise<void> {
    await this.#untilNode('ok');
    await this.pays();
  }

  /** He pays his bill, and is paid for his voucher. */
  async pays(): Promise<void> {
    // A node that kept silent is left alone for a few seconds more. To ask again claims nothing twice.
    const [{ pr }] = await until('both wallets to be served', async () => {
      const answers = await this.#ask();
      return answers.some(({ status }) => status === 'ERROR') ? undefined : answers;
    });

    const payment = await pay(this.#wallets.payer, pr);

    expect(await this.#voucher.ended()).toMatchObject({ state: 'paid', bolt11: this.#invoice });
    expect(await this.#voucher.claims()).toHaveLength(1);
    expect([payment.status, payment.value_msat]).toEqual(['SUCCEEDED', String(AMOUNT_MSAT)]);
    await untilTrue('an invoice to be settled', async () => {
      const { items } = await this.#counter.operator('GET', '/invoices?state=settled');
      return items.some(({ bolt11 }: { bolt11: string }) => bolt11 === pr);
    });
  }

  /** Both second calls at once. */
  async #ask() {
    return await Promise.all([
      inTime(this.#counter.wallet(this.#payCallback, { amount: AMOUNT_MSAT })),
      inTime(this.#voucher.claim(this.#invoice)),
    ]);
  }

  /** Waits until `/readyz` says so of the node. */
  async #untilNode(kind: string): Promise<void> {
    let last = '';
    const what = () => `the node to be ${kind}, and last it was ${last}`;
    const { status, body } = await until(what, async () => {
      const now = await this.#counter.readiness();
      last = now.body.node;
      return last === kind ? now : undefined;
    });
    const ready = kind === 'ok' ? 'ok' : 'unavailable';
    expect([status, body]).toEqual([
      kind === 'ok' ? 200 : 503,
      { status: ready, store: 'ok', node: kind, ledger: expect.any(String) },
    ]);
  }

  /** LUD-04 needs no node. */
  async #logsIn(): Promise<void> {
    const { id, url, k1: text } = await this.#counter.operator('POST', '/logins', {});
    const k1 = parseHex32<K1>(text);
    if (!k1) throw new Error('a login has no k1');
    const { key, sig } = await new LoginWallet(1).answer(k1);
    expect(await inTime(this.#counter.wallet(url, { sig, key }))).toEqual(OK);
    const login = await this.#counter.operator('GET', `/logins/${id}`);
    expect(login).toMatchObject({ state: 'verified', linkingKey: key });
  }
}

/** The answer to a wallet, which must have come in time. */
async function inTime<T>(call: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const answer = await call;
  expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS);
  return answer;
}
