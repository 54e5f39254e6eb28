import type { Clock } from '../clock.ts';
import { RequestError } from '../errors.ts';
import { type LinkEventData, type NewEvent, newEvent } from '../events/event.ts';
import { payMetadata } from '../lnurl/pay/metadata.ts';
import { newId, type Random } from '../random.ts';
import { type Address, assertConsistent, type PayLink, type PayTerms } from './pay-link.ts';
import type { Receipt } from './receipt.ts';
import { type Tokens, tokenHash } from './tokens.ts';

/** What pay links need of the store. */
export interface PayLinkStore {
  /** Another number means that links may have changed; undefined: that may be so at any time. */
  readonly generation?: number;
  /** Throws RequestError `name-taken` when the address exists, AlreadyAnswered for the receipt. */
  add(link: PayLink, tokenHash: string, event: NewEvent, receipt?: Receipt): Promise<void>;
  /** Replaces the link if it still has the revision of `before`; a new version keeps the old texts. */
  change(link: PayLink, before: PayLink, event: NewEvent): Promise<boolean>;
  remove(id: string, now: number, event: NewEvent): Promise<boolean>;
  find(id: string): Promise<PayLink | undefined>;
  findByToken(tokenHash: string): Promise<PayLink | undefined>;
  /** Also of one that was removed. */
  accountOf(id: string): Promise<string | undefined>;
  findByAddress(name: string, domains: readonly string[]): Promise<PayLink[]>;
  metadataOf(id: string, version: number): Promise<string | undefined>;
  list(filter: PayLinkFilter, limit: number, after: string | undefined): Promise<PayLink[]>;
}

/** One of the texts of a link, with its number. */
export type ShownMetadata = Pick<PayLink, 'metadata' | 'version'>;

export type PayLinkKind = 'pay-links' | 'addresses';

export interface PayLinkFilter {
  readonly kind: PayLinkKind;
  /** Only those of this account, which is not the treasury. */
  readonly accountId?: string | undefined;
}

interface Parts {
  readonly store: PayLinkStore;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly random: Random;
}

/** Offers to be paid: made and changed by the operator, read by wallets. */
export class PayLinks {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes a link. `receiptOf` writes the answer into the same transaction (FC-31). */
  async create(
    terms: PayTerms,
    address: Address | undefined,
    receiptOf?: (link: PayLink) => Receipt,
  ): Promise<PayLink> {
    assertConsistent(terms);
    const { store, tokens, clock, random } = this.#parts;
    const id = newId('pl', random);
    const link: PayLink = {
      ...terms,
      id,
      address,
      revision: 1,
      version: 1,
      metadata: metadataFor(terms, address),
      createdAt: clock.now(),
      disabledAt: undefined,
      paidAt: undefined,
    };
    await store.add(
      link,
      tokenHash(tokens.ofLink(id)),
      this.#told('link.created', link),
      receiptOf?.(link),
    );
    return link;
  }

  /**
   * Changes terms, or switches the link off and on. Bounds hold at once; a changed text becomes a new
   * version, and what a wallet was shown before stays good in its callback (FC-10).
   */
  async change(id: string, changes: Partial<PayTerms> & { disabled?: boolean }): Promise<PayLink> {
    const before = await this.get(id);
    const { disabled, ...terms } = changes;
    const merged = { ...before, ...terms };
    assertConsistent(merged);
    const metadata = metadataFor(merged, before.address);
    const link: PayLink = {
      ...merged,
      metadata,
      revision: before.revision + 1,
      version: metadata === before.metadata ? before.version : before.version + 1,
      disabledAt: this.#disabledAt(before, disabled),
    };
    const done = await this.#parts.store.change(link, before, this.#told('link.changed', link));
    // Another change came between the read and the write: this one starts again from its result.
    return done ? link : await this.change(id, changes);
  }

  /** Takes a link away for good. Its invoices and their history stay; an address name becomes free. */
  async remove(id: string): Promise<void> {
    const link = await this.get(id);
    const { store, clock, random } = this.#parts;
    const event = newEvent(
      'link.changed',
      { ...linkEventData(link), deleted: true },
      clock.now(),
      random,
    );
    await store.remove(id, clock.now(), event);
  }

  async find(id: string): Promise<PayLink | undefined> {
    return await this.#parts.store.find(id);
  }

  async get(id: string): Promise<PayLink> {
    const link = await this.find(id);
    if (!link) throw new RequestError('not-found', 'There is no pay link with this id');
    return link;
  }

  async list(filter: PayLinkFilter, limit: number, after: string | undefined): Promise<PayLink[]> {
    return await this.#parts.store.list(filter, limit, after);
  }

  /** Whose a link is or was: also of one that was taken away. */
  async accountOf(id: string): Promise<string> {
    const accountId = await this.#parts.store.accountOf(id);
    if (accountId === undefined) throw new Error('there never was a pay link of this id');
    return accountId;
  }

  /** The link behind the token of a URL (LUD-06). */
  async byToken(token: string): Promise<PayLink> {
    const link = await this.#parts.store.findByToken(tokenHash(token));
    if (!link) throw new RequestError('not-found', 'pay link not found');
    return link;
  }

  /**
   * The link behind a lightning address (LUD-16). A name that exists on several of the domains is
   * ambiguous, and then nobody is found (FC-6).
   */
  async byAddress(name: string, domains: readonly string[]): Promise<PayLink> {
    const [link, another] = await this.#parts.store.findByAddress(name, domains);
    if (!link || another) throw new RequestError('not-found', 'user not found');
    return link;
  }

  /** The text that a wallet was shown as `version`, or today's when there was no such version (FC-10). */
  async metadataShown(link: PayLink, version: number | undefined): Promise<ShownMetadata> {
    if (version !== undefined && version !== link.version) {
      const metadata = await this.#parts.store.metadataOf(link.id, version);
      if (metadata !== undefined) return { metadata, version };
    }
    return { metadata: link.metadata, version: link.version };
  }

  /** As the store says: undefined when links may change without our knowing. */
  get generation(): number | undefined {
    return this.#parts.store.generation;
  }

  token(link: PayLink): string {
    return this.#parts.tokens.ofLink(link.id);
  }

  #disabledAt(before: PayLink, disabled: boolean | undefined): number | undefined {
    if (disabled === undefined) return before.disabledAt;
    return disabled ? (before.disabledAt ?? this.#parts.clock.now()) : undefined;
  }

  #told(type: 'link.created' | 'link.changed', link: PayLink): NewEvent {
    const { clock, random } = this.#parts;
    return newEvent(type, linkEventData(link), clock.now(), random);
  }
}

/** What events say of a link: never its token. */
export function linkEventData(link: PayLink): LinkEventData {
  const { id, label, address, disabledAt } = link;
  return {
    id,
    kind: 'pay',
    ...(label !== undefined && { label }),
    ...(address && { address: `${address.name}@${address.domain}` }),
    ...(disabledAt !== undefined && { disabled: true }),
  };
}

function metadataFor(terms: PayTerms, address: Address | undefined): string {
  const { description, longDescription, image } = terms;
  return payMetadata({
    description,
    longDescription,
    image,
    identifier: address && `${address.name}@${address.domain}`,
  });
}
