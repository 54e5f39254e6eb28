import type { PayLink } from '../../accounts/pay-link.ts';
import { addressUrl } from '../../lnurl/address.ts';
import { encodeLnurl } from '../../lnurl/lnurl.ts';
import { toScheme } from '../../lnurl/schemes.ts';
import type { Msat } from '../../msat.ts';
import { satRange } from './sat-text.ts';
import { timeText } from './time-text.ts';

/** What a visitor can copy. */
export interface ShownForms {
  readonly url: string;
  readonly lnurl: string;
  readonly lud17: string;
}

/** What the page behind an open pay link shows. */
export interface PayView {
  readonly link: PayLink;
  /** LUD-16: the payer's note behind the plus of the address. */
  readonly tag: string | undefined;
  readonly forms: ShownForms;
  /** The most that can be paid now. */
  readonly max: Msat;
  /** Where the picture of the code is. */
  readonly qr: string;
  /** Where the page asks whether a one-time link is still open. */
  readonly info: string;
}

/** The places in pay.html that these values fill. */
export const PAY_NAMES = [
  'address',
  'amount',
  'description',
  'image',
  'lnurl',
  'longDescription',
  'lud17',
  'payee',
  'qr',
  'until',
  'untilText',
  'watch',
  'webLink',
] as const;

type PayValues = Readonly<Record<(typeof PAY_NAMES)[number], string | undefined>>;

/** The values of pay.html; `site` stands in where no address names the payee. */
export function payValues(view: PayView, site: string): PayValues {
  const { link, tag, forms, max, qr, info } = view;
  const { image, expiresAt } = link;
  const address = link.address && addressText(link.address, tag);
  return {
    address,
    amount: satRange(link.min, max),
    description: link.description,
    image: image && `data:image/${image.kind};base64,${image.base64}`,
    lnurl: forms.lnurl,
    longDescription: link.longDescription,
    lud17: forms.lud17,
    payee: address ?? site,
    qr,
    until: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    untilText: expiresAt === undefined ? undefined : timeText(expiresAt),
    watch: link.oneTime ? info : undefined,
    // A browser opens the page, a wallet reads the parameter (checklist LUD01-7).
    webLink: `${forms.url}?lightning=${forms.lnurl}`,
  };
}

/**
 * LUD-16: a tagged address as a link, which keeps the tag in its path. The plus is escaped, for some
 * wallets take it for a blank.
 */
export function taggedForms(
  { name, domain }: { name: string; domain: string },
  tag: string,
): ShownForms {
  const url = addressUrl(`${name}%2b${tag}`, domain);
  return { url, lnurl: encodeLnurl(url).toUpperCase(), lud17: toScheme(url, 'lnurlp') };
}

function addressText(address: { name: string; domain: string }, tag: string | undefined): string {
  const name = tag === undefined ? address.name : `${address.name}+${tag}`;
  return `${name}@${address.domain}`;
}
