import type { PayLink } from '../accounts/pay-link.ts';
import type { PayLinkStore } from '../accounts/pay-links.ts';
import { RememberedReads } from './remembered-reads.ts';

/**
 * Remembers which link is behind a token or an address. Only for a store that this process alone
 * writes to (SQLite, which is locked for it): every change to a link forgets everything, so that what
 * is remembered is what a read would give. What was not found is not remembered, and neither is what
 * a read found that a change overtook.
 */
export class RememberedLinks implements PayLinkStore {
  readonly #store: PayLinkStore;
  readonly #byToken = new RememberedReads<PayLink>(() => this.#generation);
  readonly #byAddress = new RememberedReads<PayLink[]>(() => this.#generation);
  #generation = 0;

  readonly find: PayLinkStore['find'];
  readonly list: PayLinkStore['list'];
  readonly accountOf: PayLinkStore['accountOf'];
  readonly metadataOf: PayLinkStore['metadataOf'];

  constructor(store: PayLinkStore) {
    this.#store = store;
    this.find = store.find.bind(store);
    this.list = store.list.bind(store);
    this.accountOf = store.accountOf.bind(store);
    this.metadataOf = store.metadataOf.bind(store);
  }

  /** Another number means that what was read before may have changed. */
  get generation(): number {
    return this.#generation;
  }

  /** To be called after a commit that changed a link, or what is found under an address. */
  forget(): void {
    this.#generation += 1;
  }

  add: PayLinkStore['add'] = async (link, tokenHash, event, receipt) => {
    await this.#store.add(link, tokenHash, event, receipt);
    if (link.address) this.forget();
  };

  change: PayLinkStore['change'] = async (link, before, event) => {
    const done = await this.#store.change(link, before, event);
    this.forget();
    return done;
  };

  remove: PayLinkStore['remove'] = async (id, now, event) => {
    const done = await this.#store.remove(id, now, event);
    this.forget();
    return done;
  };

  async findByToken(tokenHash: string): Promise<PayLink | undefined> {
    const read = async () => await this.#store.findByToken(tokenHash);
    return await this.#byToken.get(tokenHash, read);
  }

  async findByAddress(name: string, domains: readonly string[]): Promise<PayLink[]> {
    const read = async (): Promise<PayLink[] | undefined> => {
      const links = await this.#store.findByAddress(name, domains);
      return links.length > 0 ? links : undefined;
    };
    return (await this.#byAddress.get(`${name}@${domains.join(',')}`, read)) ?? [];
  }
}
