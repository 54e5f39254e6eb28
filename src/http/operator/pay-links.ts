import type { z } from 'zod';
import type { LedgerAccounts } from '../../accounts/ledger-accounts.ts';
import type { Address, PayLink } from '../../accounts/pay-link.ts';
import type { PayLinkKind, PayLinks } from '../../accounts/pay-links.ts';
import { type ErrorCode, RequestError } from '../../errors.ts';
import type { PublicUrls } from '../public-urls.ts';
import { type Answer, created, DONE, found } from './answer.ts';
import { listed, lists } from './list.ts';
import {
  type ChangedPayLinkFields,
  changedAddress,
  changedPayLink,
  type NewPayLinkFields,
  newAddress,
  newPayLink,
} from './pay-link-fields.ts';
import { addressJson, payLinkJson, payLinkToJson } from './pay-link-json.ts';
import { changesOf, termsOf } from './pay-link-terms.ts';
import { type CallWith, json, type OperatorCall, type OperatorRoute, reads } from './route.ts';
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
  const payLinks = new PayLinkDesk<NewPayLinkFields>(parts, {
    kind: 'pay-links',
    one: 'a pay link',
    made: newPayLink(origin),
    addressOf: () => undefined,
    changed: changedPayLink(origin),
    json: payLinkJson,
    refusals: [],
  });
  const addresses = new PayLinkDesk<NewPayLinkFields & NamedFields>(parts, {
    kind: 'addresses',
    one: 'an address',
    made: newAddress(origin, parts.addressDomains),
    addressOf: (fields) => addressOf(fields, parts.addressDomains),
    changed: changedAddress(origin),
    json: addressJson,
    refusals: ['name-taken'],
  });
  return [...payLinks.routes(), ...addresses.routes()];
}

interface NamedFields {
  readonly name: string;
  readonly domain?: string | undefined;
}

/** LUD-16: names and domains are kept in small letters. */
function addressOf({ name, domain }: NamedFields, [first]: readonly string[]): Address {
  const chosen = domain ?? first;
  if (chosen === undefined) throw new Error('no address domain is configured');
  return { name: name.toLowerCase(), domain: chosen.toLowerCase() };
}

/** How the two kinds differ. */
interface Kind<Made extends NewPayLinkFields> {
  readonly kind: PayLinkKind;
  /** For sentences. */
  readonly one: string;
  readonly made: z.ZodType<Made>;
  readonly addressOf: (fields: Made) => Address | undefined;
  readonly changed: z.ZodType<ChangedPayLinkFields>;
  readonly json: z.ZodType;
  readonly refusals: readonly ErrorCode[];
}

/** What an operator does with links of one kind. The other kind is not found here. */
class PayLinkDesk<Made extends NewPayLinkFields> {
  readonly #parts: Parts;
  readonly #kind: Kind<Made>;

  constructor(parts: Parts, kind: Kind<Made>) {
    this.#parts = parts;
    this.#kind = kind;
  }

  routes(): OperatorRoute[] {
    const { kind, one, made, changed, json: shown, refusals } = this.#kind;
    return [
      {
        path: `/${kind}`,
        opening: LINKS,
        methods: {
          GET: {
            summary: `Lists ${kind.replace('-', ' ')}.`,
            ...lists(shown),
            handle: async (call) => await this.#list(call),
          },
          POST: {
            summary: `Makes ${one}.`,
            ...reads(made, async (call) => await this.#create(call)),
            answers: { 201: json(shown) },
            refusals,
          },
        },
      },
      {
        path: `/${kind}/:id`,
        opening: LINKS,
        methods: {
          GET: {
            summary: `Shows ${one}.`,
            answers: { 200: json(shown) },
            handle: async (call) => found(this.#toJson(await this.#get(call.id, call))),
          },
          PATCH: {
            summary: `Changes ${one}, or switches it off or on.`,
            ...reads(changed, async (call) => await this.#change(call)),
            answers: { 200: json(shown) },
          },
          DELETE: {
            summary: `Deletes ${one}: its code is good for nothing any more.`,
            answers: { 204: {} },
            handle: async (call) => await this.#remove(call),
          },
        },
      },
    ];
  }

  async #create({ caller, fields, receiptOf }: CallWith<z.ZodType<Made>>): Promise<Answer> {
    const given = fields();
    const asked = termsOf(given);
    const address = this.#kind.addressOf(given);
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

  async #change(call: CallWith<Kind<Made>['changed']>): Promise<Answer> {
    const { caller, id, fields } = call;
    const before = await this.#get(id, { caller });
    const changes = changesOf(fields());
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
