import { assertPayable, invoiceExpirySeconds, type PayLink } from '../../accounts/pay-link.ts';
import type { PayLinks } from '../../accounts/pay-links.ts';
import type { Tokens } from '../../accounts/tokens.ts';
import type { Clock } from '../../clock.ts';
import { RequestError } from '../../errors.ts';
import { descriptionHashOf } from '../../hex.ts';
import type { NodeFacts } from '../../lightning/node-facts.ts';
import { readAddressPath } from '../../lnurl/address.ts';
import { withTag } from '../../lnurl/pay/metadata.ts';
import {
  type PayOffer,
  payAnswer,
  payRequest,
  readPayChoice,
  verifyAnswer,
} from '../../lnurl/pay/pay.ts';
import { actionFor } from '../../lnurl/pay/success-action.ts';
import { type Msat, msat } from '../../msat.ts';
import type { Invoices } from '../../payments/invoices.ts';
import type { PublicUrls } from '../public-urls.ts';
import type { PreparedAnswer } from './answer.ts';
import type { WalletCall, WalletHandler, WalletParams } from './call.ts';
import { type Basis, ReadyAnswers } from './ready-answers.ts';

export interface PayParts {
  readonly payLinks: PayLinks;
  readonly invoices: Invoices;
  readonly tokens: Tokens;
  readonly urls: PublicUrls;
  readonly facts: NodeFacts;
  readonly addressDomains: readonly string[];
  readonly clock: Clock;
}

/** What wallets ask of pay links and addresses. */
export class PayHandlers {
  readonly #parts: PayParts;
  readonly #ready = new ReadyAnswers<PayLink>();

  constructor(parts: PayParts) {
    this.#parts = parts;
  }

  /** LUD-06, first call: one indexed read, no write, no call to the node. */
  readonly info: WalletHandler = async (params) => {
    const token = params.token ?? '';
    const basis = this.#basis();
    const link = await this.#parts.payLinks.byToken(token);
    const body = payRequest(this.#offer(link, token, undefined));
    this.#ready.keep(token, link, basis, body);
    return body;
  };

  /**
   * The answer of an earlier first call, while nothing that it says can have changed. Throws when the
   * link's time has come or gone meanwhile.
   */
  readonly ready = (token: string): PreparedAnswer | undefined => {
    const known = this.#ready.find(token, this.#basis());
    if (known) assertPayable(known.link, this.#parts.clock.now());
    return known?.answer;
  };

  #basis(): Basis {
    const { payLinks, facts } = this.#parts;
    return [payLinks.generation, facts.inbound];
  }

  /** LUD-16: the same answer under the name of an address. */
  readonly address: WalletHandler = async (params, call) => {
    const { link, tag } = await this.addressed(params, call);
    return payRequest(this.#offer(link, this.#parts.payLinks.token(link), tag));
  };

  /** LUD-16: who is meant by a name, under the domain that was asked (FC-6). */
  async addressed(
    params: WalletParams,
    call: WalletCall,
  ): Promise<{ link: PayLink; tag: string | undefined }> {
    const path = readAddressPath(params.name ?? '');
    const domains = this.#domainsFor(call.host);
    if (!path) throw new RequestError('not-found', 'user not found');
    return { link: await this.#parts.payLinks.byAddress(path.name, domains), tag: path.tag };
  }

  /** LUD-06, second call: an invoice for the amount that the wallet chose, bound to what it saw. */
  readonly callback: WalletHandler = async (params, call, signal) => {
    const { payLinks, invoices, tokens, urls, clock } = this.#parts;
    const link = await payLinks.byToken(params.token ?? '');
    const now = clock.now();
    assertPayable(link, now);
    const choice = readPayChoice(call.query, { ...link, max: this.receivable(link) });
    const tag = readTag(params.tag);
    const { metadata, version } = await payLinks.metadataShown(link, readVersion(params.version));
    const invoice = await invoices.create(
      {
        ...choice,
        payLinkId: link.id,
        version,
        descriptionHash: descriptionHashOf(tag === undefined ? metadata : withTag(metadata, tag)),
        expirySeconds: invoiceExpirySeconds(link, now),
        tag,
        caller: tokens.ofCaller(call.caller),
      },
      signal,
    );
    const { bolt11, id } = invoice;
    const successAction = link.successAction && actionFor(link.successAction, id);
    return payAnswer({ ...link, bolt11, verifyUrl: urls.verify(id), successAction });
  };

  /** LUD-21: answered from our own books, so that a till may ask every second (FC-11). */
  readonly verify: WalletHandler = async (params) => {
    const invoice = await this.#parts.invoices.find(params.id ?? '');
    if (!invoice) throw new RequestError('not-found', 'Not found');
    return verifyAnswer(invoice);
  };

  #offer(link: PayLink, token: string, tag: string | undefined): PayOffer {
    const { urls, clock } = this.#parts;
    assertPayable(link, clock.now());
    return {
      callback: urls.payCallback(token, link.version, tag),
      min: link.min,
      max: this.receivable(link),
      metadata: tag === undefined ? link.metadata : withTag(link.metadata, tag),
      commentAllowed: link.commentAllowed,
    };
  }

  /** LUD06-4: never more than the node can receive, as far as we know, in whole satoshi. */
  receivable(link: PayLink): Msat {
    const { inbound } = this.#parts.facts;
    if (inbound === undefined || inbound >= link.max) return link.max;
    const max = msat(inbound - (inbound % 1000n));
    if (max >= link.min) return max;
    throw new RequestError(
      'amount-out-of-range',
      'Payments cannot be received at the moment, try later',
    );
  }

  /**
   * FC-6: with several address domains the Host header picks one of them. The public URL's own host
   * stands for all of them, and then the name must be unique. With one domain there is nothing to pick.
   */
  #domainsFor(host: string): readonly string[] {
    const { addressDomains, urls } = this.#parts;
    if (addressDomains.length <= 1) return addressDomains;
    if (addressDomains.includes(host)) return [host];
    if (host === new URL(urls.origin).hostname) return addressDomains;
    throw new RequestError('not-found', 'unknown domain');
  }
}

/** A version that makes no sense means today's text (FC-10): the link lives, so the call is served. */
function readVersion(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

/** LUD-16: the tag as our own answer put it into the path; anything else is no tag. */
function readTag(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z0-9._-]{1,64}$/.test(text) ? text : undefined;
}
