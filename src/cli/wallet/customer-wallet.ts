import type { PaymentHash } from '../../hex.ts';
import type { DecodedBolt11 } from '../../lightning/bolt11/decode.ts';
import type { Msat } from '../../msat.ts';
import type { Surroundings } from '../surroundings.ts';
import { DemoWallet } from './demo-wallet.ts';

/** What came of a payment of the wallet's. */
export type WalletOutcome =
  | { readonly state: 'paid'; readonly preimage: string; readonly fee: Msat }
  | { readonly state: 'failed'; readonly reason: string }
  /** It may still arrive. */
  | { readonly state: 'unknown' };

/** What came of an invoice of the wallet's own. */
export type WalletInvoice =
  | { readonly state: 'settled'; readonly received: Msat }
  | { readonly state: 'open' | 'cancelled' };

/** The Lightning side of the customer's wallet. Every method throws Refusal when it cannot. */
export interface CustomerWallet extends AsyncDisposable {
  /** The network whose invoices it pays. */
  network(): Promise<DecodedBolt11['network']>;
  pay(bolt11: string): Promise<WalletOutcome>;
  /** A bolt11 to be paid by somebody else. */
  invoice(amount: Msat, description: string | undefined): Promise<string>;
  received(paymentHash: PaymentHash): Promise<WalletInvoice>;
  /** Connects the wallet's node to `pubkey@host:port`, and says its own key (LUD-02). */
  connect(uri: string): Promise<string>;
  balance(): Promise<{ readonly outbound: Msat; readonly inbound: Msat }>;
}

const OF_LND = 'BOLTGATE_WALLET_LND_';

/** The wallet that the environment names: an LND of the customer's, or the one of the demo network. */
export async function openWallet(surroundings: Surroundings): Promise<CustomerWallet> {
  const { env } = surroundings;
  const isOnLnd = Object.keys(env).some((name) => name.startsWith(OF_LND) && env[name]);
  if (!isOnLnd) return new DemoWallet(surroundings);
  // gRPC is loaded by those who need it.
  const { openLndWallet } = await import('./lnd-wallet.ts');
  return openLndWallet(surroundings);
}
