import { z } from 'zod';
import {
  hex32,
  type NodeKey,
  type PaymentHash,
  type Preimage,
  parseHex32,
  parseKey33,
} from '../../hex.ts';
import { type Msat, parseMsat } from '../../msat.ts';

/** How the fields of LND's answers are read; what does not fit names itself. */

/** A time of LND, in whole seconds, as milliseconds since 1970. */
export const secondsField = z
  .string()
  .regex(/^[1-9]\d{0,10}$/)
  .transform((text) => Number(text) * 1000);

/**
 * A time or a span in an invoice that somebody else wrote, in whole seconds, as milliseconds. One that
 * is longer than a life is cut to a life.
 */
export const foreignSecondsField = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((text) => Math.min(Number(text), MAX_FOREIGN_SECONDS) * 1000);

const MAX_FOREIGN_SECONDS = 2 ** 35;

/** An amount in millisatoshi, as decimal text. */
export const msatField = z.string().transform((text, context): Msat => {
  return parseMsat(text) ?? missing(context, 'an amount in millisatoshi');
});

/** A payment hash in bytes. */
export const hashBytesField = bytesOf<PaymentHash>('a payment hash');

/** A preimage in bytes. */
export const preimageBytesField = bytesOf<Preimage>('a preimage');

/** A payment hash in hex. */
export const hashHexField = z.string().transform((text, context): PaymentHash => {
  return parseHex32<PaymentHash>(text) ?? missing(context, 'a payment hash');
});

/** A preimage in hex; until it is known LND writes zeros. */
export const preimageHexField = z.string().transform((text, context): Preimage => {
  return parseHex32<Preimage>(text) ?? missing(context, 'a preimage');
});

/** The public key of a node in hex. */
export const nodeKeyField = z.string().transform((text, context): NodeKey => {
  return parseKey33<NodeKey>(text) ?? missing(context, 'a node key');
});

function bytesOf<T extends PaymentHash | Preimage>(what: string) {
  return z
    .custom<Uint8Array>((value) => value instanceof Uint8Array)
    .transform((bytes, context): T => {
      return bytes.length === 32 ? hex32<T>(bytes) : missing(context, what);
    });
}

function missing(context: z.RefinementCtx, what: string): never {
  context.addIssue({ code: 'custom', message: `not ${what}` });
  return z.NEVER;
}
