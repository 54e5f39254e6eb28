import { type NodeKey, type Preimage, paymentHashOf, sha256Hex } from '../../src/hex.ts';
import { type Bolt11Draft, encodeBolt11 } from '../../src/lightning/bolt11/encode.ts';
import { BASIC_MPP, PAYMENT_SECRET, VAR_ONION } from '../../src/lightning/bolt11/features.ts';
import type { DecodedInvoice, InvoiceRequest } from '../../src/lightning/node.ts';
import type { Msat } from '../../src/msat.ts';

/** An invoice with what its payee knows. */
export interface SimulatedInvoice extends DecodedInvoice {
  readonly bolt11: string;
  readonly amount: Msat;
  readonly preimage: Preimage;
}

/** Whoever makes invoices here: a wallet, or our own node. */
export type Payee = 'wallet' | 'ours';

/** Nobody looks at the signatures of a simulation. */
const SIGNATURE = new Uint8Array(65).fill(1);
const SECRET = '22'.repeat(32);
const FEATURES = [VAR_ONION, PAYMENT_SECRET, BASIC_MPP + 1];

const KEYS: Readonly<Record<Payee, NodeKey>> = {
  wallet: `02${'77'.repeat(32)}` as NodeKey,
  ours: `03${'66'.repeat(32)}` as NodeKey,
};

export const OUR_KEY = KEYS.ours;

interface Terms {
  readonly amount: Msat;
  readonly createdAt: number;
  readonly expirySeconds: number;
}

const KEPT = 20_000;

/** Makes the same invoice for the same terms and number, and keeps it: most runs want the same ones. */
export class InvoiceMint {
  readonly #made = new Map<string, SimulatedInvoice>();
  readonly #byText = new Map<string, SimulatedInvoice>();

  /** Forgets what it made when that has become much; only between runs, which read it until they end. */
  tidy(): void {
    if (this.#made.size <= KEPT) return;
    this.#made.clear();
    this.#byText.clear();
  }

  /** What an invoice of this mint says. */
  read(bolt11: string): SimulatedInvoice | undefined {
    return this.#byText.get(bolt11);
  }

  forWallet(number: number, terms: Terms): SimulatedInvoice {
    return this.#make('wallet', number, terms, { description: 'withdraw' });
  }

  forUs(number: number, createdAt: number, request: InvoiceRequest): SimulatedInvoice {
    const { descriptionHash } = request;
    return this.#make('ours', number, { ...request, createdAt }, { descriptionHash });
  }

  #make(
    payee: Payee,
    number: number,
    { amount, createdAt, expirySeconds }: Terms,
    purpose: Bolt11Draft['purpose'],
  ): SimulatedInvoice {
    const second = Math.floor(createdAt / 1000) * 1000;
    const name = [payee, number, amount, second, expirySeconds, ...Object.values(purpose)].join(
      ' ',
    );
    const kept = this.#made.get(name);
    if (kept) return kept;
    const preimage = sha256Hex(`${payee} ${number}`) as Preimage;
    const paymentHash = paymentHashOf(preimage);
    const draft: Bolt11Draft = {
      ...{ network: 'bcrt', amount, paymentHash, paymentSecret: SECRET, purpose },
      ...{ createdAt: second, expirySeconds, minFinalCltvDelta: undefined, features: FEATURES },
    };
    const invoice: SimulatedInvoice = {
      ...{ bolt11: encodeBolt11(draft, () => SIGNATURE), amount, preimage, paymentHash },
      ...{ descriptionHash: undefined, payee: KEYS[payee], createdAt: second },
      expiresAt: second + expirySeconds * 1000,
    };
    this.#made.set(name, invoice);
    this.#byText.set(invoice.bolt11, invoice);
    return invoice;
  }
}
