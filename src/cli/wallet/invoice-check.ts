import { descriptionHashOf } from '../../hex.ts';
import { type DecodedBolt11, decodeBolt11 } from '../../lightning/bolt11/decode.ts';
import type { Msat } from '../../msat.ts';
import { formatAmount } from '../amount.ts';
import { Refusal } from '../failure.ts';

/** What the invoice has to be for. */
export interface Expected {
  readonly network: DecodedBolt11['network'];
  readonly amount: Msat;
  /** The text that the wallet saw (LUD-06). */
  readonly metadata: string;
  readonly now: number;
}

/**
 * LUD-06: what a wallet checks before it pays. The signature, the network, the amount to the
 * millisatoshi, the hash of the metadata's bytes, the time. Throws with the first fault.
 */
export function checkInvoice(bolt11: string, expected: Expected): DecodedBolt11 {
  const invoice = decodeBolt11(bolt11);
  const fault = faultOf(invoice, expected);
  if (fault === undefined) return invoice;
  throw new Refusal(`The invoice is not the one that was asked for: ${fault}`);
}

function faultOf(invoice: DecodedBolt11, expected: Expected): string | undefined {
  if (invoice.doubled) return 'it says something twice';
  if (invoice.network !== expected.network) return `it is for the network ${invoice.network}`;
  if (invoice.amount === undefined) return 'it leaves the amount open';
  if (invoice.amount !== expected.amount) return `it is over ${formatAmount(invoice.amount)}`;
  if (invoice.descriptionHash === undefined) return 'it has no description hash';
  if (invoice.descriptionHash !== descriptionHashOf(expected.metadata)) {
    return 'its description hash is not that of the metadata';
  }
  return invoice.expiresAt <= expected.now ? 'it has expired' : undefined;
}
