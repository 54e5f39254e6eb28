import { z } from 'zod';
import { type DescriptionHash, type NodeKey, type PaymentHash, parseHex32 } from '../../hex.ts';
import { unacceptable } from '../bolt11/unacceptable.ts';
import type { DecodedInvoice } from '../node.ts';
import type { LndCalls } from './calls.ts';
import { foreignSecondsField, hashHexField, msatField, nodeKeyField } from './fields.ts';
import { RPCS } from './rpcs.ts';
import { kindOf, LndFailure } from './status.ts';

const READ = z.object({
  destination: nodeKeyField,
  payment_hash: hashHexField,
  num_msat: msatField,
  timestamp: foreignSecondsField,
  expiry: foreignSecondsField,
  description_hash: z.union([
    z.literal('').transform(() => undefined),
    z.string().transform((text, context): DescriptionHash => {
      const hash = parseHex32<DescriptionHash>(text);
      if (hash !== undefined) return hash;
      context.addIssue({ code: 'custom', message: 'not a description hash' });
      return z.NEVER;
    }),
  ]),
  blinded_paths: z.array(z.unknown()),
});

/** What reading needs to know of our own node. */
export interface OwnNode {
  /** Throws NodeError when it is not known. */
  nodeKey(signal?: AbortSignal): Promise<NodeKey>;
  /** Whether our node issued an invoice of this hash. */
  issued(paymentHash: PaymentHash, signal?: AbortSignal): Promise<boolean>;
}

/**
 * LND's own reading of an invoice. FC-3: the key of a blinded invoice is made up for it alone and says
 * nothing of the payee, so our node is asked whether it issued it, and is named as the payee then.
 */
export async function decodeInvoice(
  calls: LndCalls,
  own: OwnNode,
  bolt11: string,
  signal?: AbortSignal,
): Promise<DecodedInvoice> {
  const read = await decode(calls, bolt11, signal);
  const { payment_hash: paymentHash, timestamp: createdAt } = read;
  const isOwn = read.blinded_paths.length > 0 && (await own.issued(paymentHash, signal));
  return {
    paymentHash,
    amount: read.num_msat === 0n ? undefined : read.num_msat,
    descriptionHash: read.description_hash,
    createdAt,
    expiresAt: createdAt + read.expiry,
    payee: isOwn ? await own.nodeKey(signal) : read.destination,
  };
}

async function decode(
  calls: LndCalls,
  bolt11: string,
  signal: AbortSignal | undefined,
): Promise<z.infer<typeof READ>> {
  try {
    return await calls.unary(RPCS.decodePayReq, { pay_req: bolt11 }, READ, signal);
  } catch (error) {
    if (!(error instanceof LndFailure) || kindOf(error) !== 'refused') throw error;
    if (/not for current active network/.test(error.text)) {
      throw unacceptable('The invoice is for another network');
    }
    throw unacceptable('The Lightning node cannot read the invoice');
  }
}
