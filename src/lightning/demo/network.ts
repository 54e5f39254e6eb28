import type { Clock } from '../../clock.ts';
import type { NodeKey, PaymentHash } from '../../hex.ts';
import { type Msat, satoshi } from '../../msat.ts';
import type { Random } from '../../random.ts';
import { DemoChannels } from './channels.ts';
import { DemoFaults } from './faults.ts';
import { type Identities, identitiesOf, type NodeName, otherThan } from './identity.ts';
import { DemoInvoices } from './invoices.ts';
import { Journal, readJournal } from './journal.ts';
import { type DemoChannel, Ledger } from './ledger.ts';
import { DemoNode } from './node.ts';
import { DemoPayments, type FeePolicy } from './payments.ts';

export interface DemoOptions {
  /** Secret of both nodes: the same seed gives the same keys. */
  readonly seed: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  /** File that the network remembers by; without one it lives in memory. */
  readonly journalPath?: string | undefined;
}

/** What each side can spend when a network begins. */
const START_BALANCE: Msat = satoshi(1_000_000_000n);

/**
 * A simulated Lightning network of two nodes, ours and a customer's wallet, with one channel between
 * them and a fee on it. Invoices are real and signed; money moves to the millisatoshi. It may outlive
 * the servers that use it, and with a journal also the process.
 */
export class DemoNetwork implements Disposable {
  readonly ours: DemoNode;
  readonly customer: DemoNode;
  /** What goes wrong with payments and with calls to our node. */
  readonly faults: DemoFaults;
  readonly #identities: Identities;
  readonly #ledger: Ledger;
  readonly #payments: DemoPayments;
  readonly #channels: DemoChannels;
  readonly #journal: Journal | undefined;

  constructor({ seed, clock, random, journalPath }: DemoOptions) {
    const identities = identitiesOf(seed, random);
    const ledger = new Ledger(START_BALANCE);
    this.#journal = journalPath === undefined ? undefined : resume(ledger, journalPath, clock);
    this.faults = new DemoFaults(clock);
    const invoices = new DemoInvoices({ identities, ledger, clock, random });
    const { faults } = this;
    this.#payments = new DemoPayments({ identities, ledger, invoices, faults, clock });

    this.#channels = new DemoChannels({ identities, ledger, faults, clock, random });
    this.#identities = identities;
    this.#ledger = ledger;

    const node = (name: NodeName, alias: string, callFaults: DemoFaults) => {
      const { nodeKey } = identities[name];
      const otherKey = identities[otherThan(name)].nodeKey;
      return new DemoNode({
        ...{ name, nodeKey, otherKey, alias, ledger, invoices, faults: callFaults },
        ...{ payments: this.#payments, channels: this.#channels },
      });
    };
    this.ours = node('ours', 'Boltgate demo', faults);
    this.customer = node('customer', 'Demo customer', new DemoFaults(clock));
  }

  /** What a payment costs its payer from now on. */
  set fee(policy: FeePolicy) {
    this.#payments.fee = policy;
  }

  /** Ends a payment that hangs: the payee takes it, or refuses it. */
  release(paymentHash: PaymentHash, ending: 'settle' | 'fail'): void {
    this.#payments.release(paymentHash, ending);
  }

  /** A node connects to ours: the customer's, or one that does nothing else. */
  connect(nodeKey: NodeKey = this.#identities.customer.nodeKey): void {
    this.#channels.connect('ours', nodeKey);
  }

  disconnect(nodeKey: NodeKey = this.#identities.customer.nodeKey): void {
    this.#channels.disconnect('ours', nodeKey);
  }

  /** Every channel that was opened, oldest first. */
  get channels(): readonly DemoChannel[] {
    return this.#ledger.channels;
  }

  /** Ends an opening that hangs: the peer answers, or our node gives it up. */
  releaseChannel(memo: string, ending: 'open' | 'drop'): void {
    this.#channels.release(memo, ending);
  }

  [Symbol.dispose](): void {
    this.faults.goDown();
    this.#journal?.[Symbol.dispose]();
  }
}

/** Remembers what the journal says and begins a new one without what is long over. */
function resume(ledger: Ledger, path: string, clock: Clock): Journal {
  for (const entry of readJournal(path)) ledger.apply(entry);
  ledger.forgetEnded(clock.now());
  const journal = Journal.replace(path, ledger.entries());
  ledger.writeTo(journal);
  return journal;
}
