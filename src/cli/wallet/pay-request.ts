import { z } from 'zod';
import type { Link } from '../../lnurl/parse-link.ts';
import { type Msat, msat } from '../../msat.ts';
import { formatAmount } from '../amount.ts';
import { Refusal } from '../failure.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import { shaped } from './shape.ts';
import { isWalletUrl } from './wallet-url.ts';

const field = z.strictObject({ mandatory: z.boolean() });

/** LUD-06, first answer: the members that the documents name, and no others. */
const payRequest = z.strictObject({
  tag: z.literal('payRequest'),
  callback: z.string().refine(isWalletUrl, 'is no URL that wallets follow'),
  minSendable: z.int().min(1),
  maxSendable: z.int().min(1),
  metadata: z.string(),
  commentAllowed: z.int().min(0).max(65_535).optional(),
  payerData: z
    .strictObject({
      name: field.optional(),
      pubkey: field.optional(),
      identifier: field.optional(),
      email: field.optional(),
      auth: z
        .strictObject({ mandatory: z.boolean(), k1: z.string().regex(/^[0-9a-f]{64}$/) })
        .optional(),
    })
    .optional(),
  allowsNostr: z.boolean().optional(),
  nostrPubkey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** An offer to be paid that has passed every check. */
export interface Offer extends Metadata {
  readonly callback: string;
  readonly min: Msat;
  readonly max: Msat;
  /** The text that the invoice must commit to. */
  readonly metadata: string;
  readonly commentAllowed: number;
}

/** LUD-06, first call: checks the answer to it. Throws Refusal with the first fault. */
export function readOffer(body: object, link: Link): Offer {
  const request = shaped(payRequest, body, 'The pay request');
  const min = msat(BigInt(request.minSendable));
  const max = msat(BigInt(request.maxSendable));
  // Wallets that count in satoshi divide by 1000 and stop at what is left over (LUD06-3).
  if (min % 1000n !== 0n || max % 1000n !== 0n) {
    throw new Refusal('The pay request has bounds that are not whole satoshi');
  }
  if (min > max) throw new Refusal('The pay request has a minimum above its maximum');
  const mandatory = Object.entries(request.payerData ?? {}).find(([, wanted]) => wanted?.mandatory);
  if (mandatory) {
    throw new Refusal(
      `The link wants the payer's ${mandatory[0]}, which this wallet does not send`,
    );
  }
  const metadata = readMetadata(request.metadata);
  if (link.kind === 'address' && metadata.identifier === undefined) {
    throw new Refusal('The metadata of a lightning address does not name it');
  }
  return {
    ...metadata,
    callback: request.callback,
    min,
    max,
    metadata: request.metadata,
    commentAllowed: request.commentAllowed ?? 0,
  };
}

/** Refuses an amount or a comment that the offer does not take (LUD-06, LUD-12). */
export function checkChoice(offer: Offer, amount: Msat, comment: string | undefined): void {
  if (amount < offer.min || amount > offer.max) {
    const range = `${formatAmount(offer.min)} to ${formatAmount(offer.max)}`;
    throw new Refusal(`The link takes ${range}, not ${formatAmount(amount)}`);
  }
  if (comment === undefined) return;
  // Wallets count bytes, code units or characters: bytes are the strictest.
  const sizeBytes = Buffer.byteLength(comment);
  if (sizeBytes > offer.commentAllowed) {
    throw new Refusal(
      offer.commentAllowed === 0
        ? 'The link takes no comment'
        : `The link takes a comment of ${offer.commentAllowed} bytes, not of ${sizeBytes}`,
    );
  }
}

/** LUD-06, second call; LUD-12: the callback keeps its own query. */
export function callbackUrl(offer: Offer, amount: Msat, comment: string | undefined): string {
  const url = new URL(offer.callback);
  url.searchParams.set('amount', amount.toString());
  if (comment !== undefined) url.searchParams.set('comment', comment);
  return url.href;
}
