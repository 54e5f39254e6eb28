import { ConfigError } from '../../config/config-error.ts';
import { Environment, type Variables } from '../../config/environment.ts';
import { type LndConfig, readLnd } from '../../config/lnd.ts';
import { NodeError } from '../../errors.ts';
import { descriptionHashOf, type PaymentHash } from '../../hex.ts';
import type { DecodedBolt11 } from '../../lightning/bolt11/decode.ts';
import { LndNode } from '../../lightning/lnd/lnd-node.ts';
import { type Msat, msat } from '../../msat.ts';
import { Misuse, Refusal } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import type { CustomerWallet, WalletInvoice, WalletOutcome } from './customer-wallet.ts';

const OF_SERVER = 'BOLTGATE_LND_';
const OF_WALLET = 'BOLTGATE_WALLET_LND_';
const PAY_TIMEOUT_MS = 30_000;
const INVOICE_EXPIRY_SECONDS = 3_600;
const FEE_MIN = msat(10_000n);
const FEE_PARTS = 100n;

/** The customer's wallet on an LND: the same settings as a server's, under names of their own. */
export function openLndWallet({ env, readFile, clock }: Surroundings): CustomerWallet {
  const settings = readSettings(env, readFile);
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const node = new LndNode({ settings, hints: 'auto', paySelf: false, clock, log });
  return new LndWallet(node, settings.host);
}

class LndWallet implements CustomerWallet {
  readonly #node: LndNode;
  readonly #host: string;

  constructor(node: LndNode, host: string) {
    this.#node = node;
    this.#host = host;
  }

  async network(): Promise<DecodedBolt11['network']> {
    return await this.#told(async () => (await this.#node.info()).network);
  }

  /** What was paid before, or is under way since, is what came of that. */
  async pay(bolt11: string): Promise<WalletOutcome> {
    return await this.#told(async () => {
      const { amount, paymentHash } = await this.#node.decodeInvoice(bolt11);
      const options = { maxFee: usualFee(amount ?? msat(0n)), timeoutMs: PAY_TIMEOUT_MS };
      const ending = await this.#node.pay(bolt11, options);
      if (!ending.existed) return ending;
      return (await this.#node.trackPayment(paymentHash)) ?? ending;
    });
  }

  async invoice(amount: Msat, description = ''): Promise<string> {
    const descriptionHash = descriptionHashOf(description);
    const asked = { amount, descriptionHash, memo: description };
    return await this.#told(async () => {
      const request = { ...asked, expirySeconds: INVOICE_EXPIRY_SECONDS };
      return (await this.#node.createInvoice(request)).bolt11;
    });
  }

  async received(paymentHash: PaymentHash): Promise<WalletInvoice> {
    return await this.#told(async () => {
      const invoice = await this.#node.lookupInvoice(paymentHash);
      return invoice ?? { state: 'cancelled' };
    });
  }

  async connect(uri: string): Promise<string> {
    return await this.#told(async () => {
      await this.#node.connect(uri);
      return (await this.#node.info()).nodeKey;
    });
  }

  async balance(): Promise<{ readonly outbound: Msat; readonly inbound: Msat }> {
    return await this.#told(async () => await this.#node.balance());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node[Symbol.asyncDispose]();
  }

  /** What the node cannot do is told with what is wrong with the way to it. */
  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      const { words, macaroons } = this.#node.health;
      const why = words ?? macaroons[0]?.words ?? error.message;
      throw new Refusal(`The wallet's LND at ${this.#host} cannot do this: ${why}`);
    }
  }
}

/** The settings are the server's, so the names in its mistakes are put right. */
function readSettings(env: Variables, readFile: Surroundings['readFile']): LndConfig {
  const own = Object.entries(env).filter(([name]) => name.startsWith(OF_WALLET));
  const renamed = own.map(([name, value]) => [name.replace(OF_WALLET, OF_SERVER), value] as const);
  const environment = new Environment(Object.fromEntries(renamed), readFile);
  try {
    const settings = readLnd(environment, 'lnd');
    environment.refuseMistakes();
    return settings;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Misuse(error.mistakes.join('; ').replaceAll(OF_SERVER, OF_WALLET));
  }
}

/** One percent, rounded down, but never less than lets a small payment pass. */
function usualFee(amount: Msat): Msat {
  const share = msat(amount / FEE_PARTS);
  return share > FEE_MIN ? share : FEE_MIN;
}

function ignore(): void {
  // A command line says what went wrong once, at its end.
}
