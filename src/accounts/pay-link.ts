import { RequestError } from '../errors.ts';
import type { MetadataImage } from '../lnurl/pay/metadata.ts';
import type { SuccessAction } from '../lnurl/pay/success-action.ts';
import type { Msat } from '../msat.ts';

/** LUD-16: who is paid, as `name@domain`. */
export interface Address {
  readonly name: string;
  readonly domain: string;
}

/** What the operator chooses of a pay link. Times are milliseconds since 1970. */
export interface PayTerms {
  readonly min: Msat;
  readonly max: Msat;
  readonly description: string;
  readonly longDescription: string | undefined;
  readonly image: MetadataImage | undefined;
  /** Longest comment in characters as a person counts them; 0 for none. */
  readonly commentAllowed: number;
  readonly successAction: SuccessAction | undefined;
  readonly oneTime: boolean;
  readonly invoiceExpirySeconds: number;
  readonly validFrom: number | undefined;
  readonly expiresAt: number | undefined;
  /** Whose the money is that comes in. What came before a change stays where it is. */
  readonly accountId: string;
  readonly label: string | undefined;
}

/** An offer to be paid: a static code, or a lightning address when it has an `address`. */
export interface PayLink extends PayTerms {
  readonly id: string;
  readonly address: Address | undefined;
  /** Grows with every change. */
  readonly revision: number;
  /** Number of the metadata that is shown now; older ones stay good in callbacks. */
  readonly version: number;
  /** The frozen text that wallets hash (LUD-06). */
  readonly metadata: string;
  readonly createdAt: number;
  readonly disabledAt: number | undefined;
  /** When a one-time link was paid. */
  readonly paidAt: number | undefined;
}

/** Refuses terms of which each is right, but not all together; names every field that is wrong. */
export function assertConsistent(terms: PayTerms): void {
  const { min, max, validFrom, expiresAt } = terms;
  const neverOpen = validFrom !== undefined && expiresAt !== undefined && validFrom >= expiresAt;
  const fields = [
    ...(min > max ? [{ pointer: '/minMsat', detail: 'must not be more than maxMsat' }] : []),
    ...(neverOpen ? [{ pointer: '/validFrom', detail: 'must be before expiresAt' }] : []),
  ];
  const [first] = fields;
  if (first) {
    const name = first.pointer.slice(1);
    throw new RequestError('invalid-request', `${name} ${first.detail}`, { fields });
  }
}

/**
 * Refuses a link that cannot be paid now, in words for the person who scanned it.
 * LUD-11: a one-time link that was paid is over, for the first call and for the callback alike.
 */
export function assertPayable(link: PayLink, now: number): void {
  const why = whyClosed(link, now);
  if (why !== undefined) throw new RequestError('link-spent', why);
}

/** Whether a wallet that is sent to this link can pay there now. */
export function isPayable(link: PayLink, now: number): boolean {
  return whyClosed(link, now) === undefined;
}

const EXPIRED = 'This payment link has expired.';

function whyClosed(link: PayLink, now: number): string | undefined {
  if (link.disabledAt !== undefined) return 'This payment link is switched off.';
  if (link.paidAt !== undefined) return 'This payment link has already been paid.';
  if (link.expiresAt !== undefined && now >= link.expiresAt) return EXPIRED;
  if (link.validFrom !== undefined && now < link.validFrom) {
    return 'This payment link is not open yet.';
  }
  return undefined;
}

const SECOND_MS = 1000;

/**
 * FC-1: payers who swap need an hour, but an invoice never outlives its link. Throws when the link
 * ends before the shortest invoice would.
 */
export function invoiceExpirySeconds(link: PayLink, now: number): number {
  if (link.expiresAt === undefined) return link.invoiceExpirySeconds;
  const left = Math.floor((link.expiresAt - now) / SECOND_MS);
  if (left < 1) throw new RequestError('link-spent', EXPIRED);
  return Math.min(link.invoiceExpirySeconds, left);
}
