import { z } from 'zod';
import { type K1, parseHex32 } from '../../hex.ts';
import type { Link } from '../../lnurl/parse-link.ts';
import { type Msat, msat } from '../../msat.ts';
import { formatAmount } from '../amount.ts';
import { Refusal } from '../failure.ts';
import { shaped } from './shape.ts';
import { isWalletUrl } from './wallet-url.ts';

/** It becomes the description of the wallet's invoice, which holds no more (LUD03-4). */
const MAX_DESCRIPTION_BYTES = 639;

/** LUD-03, first answer: the members that the documents name, and no others (LUD-19: `payLink`). */
const withdrawRequest = z.strictObject({
  tag: z.literal('withdrawRequest'),
  callback: z.string().refine(isWalletUrl, 'is no URL that wallets follow'),
  k1: z.string().regex(/^[0-9a-f]{64}$/, 'is not 32 bytes of hex'),
  defaultDescription: z
    .string()
    .refine(
      (text) => Buffer.byteLength(text) <= MAX_DESCRIPTION_BYTES,
      'is too long for an invoice',
    ),
  minWithdrawable: z.int().min(0),
  maxWithdrawable: z.int().min(0),
  payLink: z
    .string()
    .regex(/^lnurlp:\/\/[^A-Z]+$/, 'is no lnurlp link')
    .optional(),
});

/** An offer to be paid out that has passed every check. */
export interface Payout {
  readonly callback: string;
  readonly k1: K1;
  readonly description: string;
  readonly min: Msat;
  readonly max: Msat;
  readonly payLink: string | undefined;
}

/** LUD-03, first call: checks the answer to it. Throws Refusal with the first fault. */
export function readPayout(body: object, link: Link): Payout {
  const request = shaped(withdrawRequest, body, 'The withdraw request');
  const min = msat(BigInt(request.minWithdrawable));
  const max = msat(BigInt(request.maxWithdrawable));
  const k1 = parseHex32<K1>(request.k1);
  if (!k1) throw new Refusal('The withdraw request has a k1 that is not 32 bytes of hex');
  if (min > max) throw new Refusal('The withdraw request has a minimum above its maximum');
  // LUD03-3: two zeros are a link that lives and has nothing to give just now.
  if (max === 0n) throw new Refusal('There is nothing to withdraw at the moment');
  // Wallets that count in satoshi divide by 1000 and stop at what is left over (LUD03-2, LUD03-5).
  if (min < 1000n || min % 1000n !== 0n || max % 1000n !== 0n) {
    throw new Refusal('The withdraw request has bounds that are not whole satoshi');
  }
  const { host } = new URL(link.url);
  if (new URL(request.callback).host !== host) {
    throw new Refusal(`The callback leads away from ${host} (GEN-3)`);
  }
  const { callback, defaultDescription: description, payLink } = request;
  return { callback, k1, description, min, max, payLink };
}

/** The amount to ask for: all there is, when nothing else is wished. */
export function chosenAmount({ min, max }: Payout, wish: Msat | undefined): Msat {
  const amount = wish ?? max;
  if (amount >= min && amount <= max) return amount;
  const range = min === max ? formatAmount(min) : `${formatAmount(min)} to ${formatAmount(max)}`;
  throw new Refusal(`The link gives ${range}, not ${formatAmount(amount)}`);
}

/** LUD-03, second call; the callback keeps its own query. */
export function claimUrl({ callback, k1 }: Payout, bolt11: string): string {
  const url = new URL(callback);
  url.searchParams.set('k1', k1);
  url.searchParams.set('pr', bolt11);
  return url.href;
}

/** LUD-03: exactly this, and nothing beside it (GEN-23). */
const accepted = z.strictObject({ status: z.literal('OK') });

/** Checks the answer to a claim. Throws Refusal when it is not the one word that all wallets know. */
export function assertAccepted(body: object): void {
  shaped(accepted, body, 'The answer to the claim');
}
