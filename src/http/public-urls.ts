import { encodeLnurl } from '../lnurl/lnurl.ts';
import { type LnurlScheme, toScheme } from '../lnurl/schemes.ts';

/** The ways to write one link: as the API returns them. */
export interface LinkForms {
  readonly url: string;
  /** LUD-01, upper case as it stands in the QR code. */
  readonly lnurl: string;
  /** LUD-17. */
  readonly lud17: string;
  /** URL of an SVG that shows `lnurl`. */
  readonly qr: string;
}

/**
 * Every URL that we give out. They are built from the configured origins alone; no header of a
 * request ever reaches this file (promise P5).
 */
export class PublicUrls {
  readonly #publicUrl: string;
  readonly #authUrl: string;

  /** Both are origins without a slash at the end. */
  constructor(publicUrl: string, authUrl: string) {
    this.#publicUrl = publicUrl;
    this.#authUrl = authUrl;
  }

  get origin(): string {
    return this.#publicUrl;
  }

  get authOrigin(): string {
    return this.#authUrl;
  }

  payLink(token: string): string {
    return `${this.#publicUrl}/lnurlp/${token}`;
  }

  /**
   * LUD-06: what the wallet calls with its amount. The metadata version and the tag of the address
   * are in the path, because wallets replace the query (checklist GEN-4).
   */
  payCallback(token: string, version: number, tag: string | undefined): string {
    const path = `${this.payLink(token)}/callback/${version}`;
    return tag === undefined ? path : `${path}/${tag}`;
  }

  withdrawLink(token: string): string {
    return `${this.#publicUrl}/lnurlw/${token}`;
  }

  /** LUD-03: what the wallet calls with its invoice. */
  withdrawCallback(token: string): string {
    return `${this.withdrawLink(token)}/callback`;
  }

  channelOffer(token: string): string {
    return `${this.#publicUrl}/lnurlc/${token}`;
  }

  /** LUD-02: what the wallet calls with its node's key. It has no query. */
  channelCallback(token: string): string {
    return `${this.channelOffer(token)}/callback`;
  }

  /** LUD-21. */
  verify(invoiceId: string): string {
    return `${this.#publicUrl}/lnurlp/verify/${invoiceId}`;
  }

  /** LUD-04: `tag=login` stands literally in the query. */
  login(k1: string, action: string | undefined): string {
    const url = `${this.#authUrl}/lnurla?tag=login&k1=${k1}`;
    return action === undefined ? url : `${url}&action=${action}`;
  }

  payForms(token: string): LinkForms {
    const url = this.payLink(token);
    return linkForms(url, 'lnurlp', `${url}/qr.svg`);
  }

  withdrawForms(token: string): LinkForms {
    const url = this.withdrawLink(token);
    return linkForms(url, 'lnurlw', `${url}/qr.svg`);
  }

  /** Where the operator finds the vouchers of a batch, and the page to print them from. */
  withdrawBatch(id: string): { readonly vouchers: string; readonly print: string } {
    const url = `${this.#publicUrl}/api/v1/withdraw-batches/${id}`;
    return { vouchers: `${url}/vouchers`, print: `${url}/print` };
  }

  channelForms(token: string): LinkForms {
    const url = this.channelOffer(token);
    return linkForms(url, 'lnurlc', `${url}/qr.svg`);
  }

  loginForms(k1: string, action: string | undefined): LinkForms {
    const qr = `${this.#authUrl}/lnurla/${k1}/qr.svg`;
    return linkForms(this.login(k1, action), 'keyauth', qr);
  }
}

function linkForms(url: string, scheme: LnurlScheme, qr: string): LinkForms {
  return { url, lnurl: encodeLnurl(url).toUpperCase(), lud17: toScheme(url, scheme), qr };
}
