import type { z } from 'zod';
import type { LedgerAccounts } from '../../accounts/ledger-accounts.ts';
import type { Address, PayLink, PayTerms } from '../../accounts/pay-link.ts';
import type { PayLinkKind, PayLinks } from '../../accounts/pay-links.ts';
import { RequestError } from '../../errors.ts';
import type { PublicUrls } from '../public-urls.ts';
import { type Answer, created, DONE, found } from './answer.ts';
import { readFields } from './fields.ts';
import { listed } from './list.ts';
import {
  type ChangedPayLinkFields,
  changedAddress,
  changedPayLink,
  newAddress,
  newPayLink,
} from './pay-link-fields.ts';
import { payLinkToJson } from './pay-link-json.ts';
import { changesOf, termsOf } from './pay-link-terms.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { accountFor, assertOwn, assertOwnAccount, LINKS } from './scopes.ts';

interface Parts {
  readonly payLinks: PayLinks;
  readonly accounts: Pick<LedgerAccounts, 'assertUsable'>;
  readonly urls: PublicUrls;
  /** Domains that may stand behind the `@`; the first is meant when none is given. */
  readonly addressDomains: readonly string[];
}

/** `/pay-links`, and `/addresses`, which are pay links with a name. */
export function payLinkRoutes(parts: Parts): OperatorRoute[] {
  const { origin } = parts.urls;
  const unnamed = newPayLink(origin);
  const payLinks = new PayLinkDesk(parts, {
    kind: 'pay-links',
    readNew: (body) => ({ terms: termsOf(readFields(unnamed, body)), address: undefined }),
    changed: changedPayLink(origin),
  });
  const named = newAddress(origin, parts.addressDomains);
  const addresses = new PayLinkDesk(parts, {
    kind: 'addresses',
    readNew: (body) => {
      const fields = readFields(named, body);
      return { terms: termsOf(fields), address: addressOf(fields, parts.addressDomains) };
    },
    changed: changedAddress(origin),
  });
  return [...payLinks.routes(), ...addresses.routes()];
}

/** LUD-16: names and domains are kept in small letters. */
function addressOf(
  { name, domain }: { readonly name: string; readonly domain?: string | undefined },
  [first]: readonly string[],
): Address {
  const chosen = domain ?? first;
  if (chosen === undefined) throw new Error('no address domain is configured');
  return { name: name.toLowerCase(), domain: chosen.toLowerCase() };
}

/** How the two kinds differ. */
interface Kind {
  readonly kind: PayLinkKind;
  readonly readNew: (body: unknown) => { terms: PayTerms; address: Address | undefined };
  readonly changed: z.ZodType<ChangedPayLinkFields>;
}

/** What an operator does with links of one kind. The other kind is not found here. */
class PayLinkDesk {
  readonly #parts: Parts;
  readonly #kind: Kind;

  constructor(parts: Parts, kind: Kind) {
    this.#parts = parts;
    this.#kind = kind;
  }

  routes(): OperatorRoute[] {
    const path = `/${this.#kind.kind}`;
    return [
      {
        path,
        opening: LINKS,
        methods: {
          GET: async (call) => await this.#list(call),
          POST: async (call) => await this.#create(call),
        },
      },
      {
        path: `${path}/:id`,
        opening: LINKS,
        methods: {
          GET: async (call) => found(this.#toJson(await this.#get(call.id, call))),
          PATCH: async (call) => await this.#change(call),
          DELETE: async (call) => await this.#remove(call),
        },
      },
    ];
  }

  async #create({ caller, body, receiptOf }: OperatorCall): Promise<Answer> {
    const { terms: asked, address } = this.#kind.readNew(body());
    const terms = { ...asked, accountId: accountFor(caller, asked.accountId) };
    await this.#parts.accounts.assertUsable(terms.accountId, '/accountId');
    const answer = (link: PayLink): Answer => created(this.#toJson(link));
    const link = await this.#parts.payLinks.create(
      terms,
      address,
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(link);
  }

  async #list(call: OperatorCall): Promise<Answer> {
    const filter = { kind: this.#kind.kind, accountId: call.caller.accountId };
    return await listed<PayLink>(call.query, {
      list: async (limit, after) => await this.#parts.payLinks.list(filter, limit, after),
      get: async (id) => await this.#get(id, call),
      toJson: (link) => this.#toJson(link),
    });
  }

  async #get(id: string, { caller }: Pick<OperatorCall, 'caller'>): Promise<PayLink> {
    const link = await this.#parts.payLinks.get(id);
    assertOwn(caller, link.accountId);
    const kind: PayLinkKind = link.address ? 'addresses' : 'pay-links';
    if (kind === this.#kind.kind) return link;
    throw new RequestError(
      'not-found',
      `There is nothing with this id among the ${this.#kind.kind}`,
    );
  }

  async #change({ caller, id, body }: OperatorCall): Promise<Answer> {
    const before = await this.#get(id, { caller });
    const changes = changesOf(readFields(this.#kind.changed, body()));
    const { accountId } = changes;
    if (accountId !== undefined) {
      assertOwnAccount(caller, accountId);
      await this.#parts.accounts.assertUsable(accountId, '/accountId');
    }
    if (Object.keys(changes).length === 0) return found(this.#toJson(before));
    return found(this.#toJson(await this.#parts.payLinks.change(id, changes)));
  }

  async #remove({ caller, id }: OperatorCall): Promise<Answer> {
    await this.#get(id, { caller });
    await this.#parts.payLinks.remove(id);
    return DONE;
  }

  #toJson(link: PayLink): object {
    const { payLinks, urls } = this.#parts;
    return payLinkToJson(link, urls.payForms(payLinks.token(link)));
  }
}
