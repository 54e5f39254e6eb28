import { expect } from '@jest/globals';
import type { Books, PayLinkJson } from './books.ts';
import type { Client } from './client.ts';
import { type ApiEvent, readEvents } from './events.ts';
import { describeChange, send } from './load.ts';

interface InvoiceJson {
  readonly id: string;
  readonly state: string;
  readonly amountMsat: number;
  readonly receivedMsat?: number;
  readonly paymentHash: string;
  readonly bolt11: string;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Compares what a server says now with all that it said in its earlier lives. */
export class Auditor {
  readonly #books: Books;
  readonly #events: ApiEvent[] = [];
  /** What the API was found to list: all of it, as far as it was not there before the last life. */
  readonly #links = new Map<string, PayLinkJson>();
  readonly #invoices = new Map<string, InvoiceJson>();
  #postsChecked = 0;

  constructor(books: Books) {
    this.#books = books;
  }

  /**
   * Looks at everything that the last life can have touched. `settled` is what the node has settled:
   * payment hash and millisatoshi.
   */
  async audit(client: Client, settled: ReadonlyMap<string, number>): Promise<void> {
    expect([...this.#books.paid].filter((hash) => !settled.has(hash))).toEqual([]);
    await this.#repeatPosts(client, this.#postsChecked);
    this.#postsChecked = this.#books.posts.length;
    await this.#readNewEvents(client, settled);
    await Promise.all([
      listNew(client, '/api/v1/pay-links', this.#links),
      listNew(client, '/api/v1/invoices', this.#invoices),
    ]);
    await this.#checkChanges(client);
    this.#checkLinks();
    this.#checkInvoices(settled);
  }

  /** Looks at everything that there ever was. */
  async auditAll(client: Client, settled: ReadonlyMap<string, number>): Promise<void> {
    this.#links.clear();
    this.#invoices.clear();
    await this.#repeatPosts(client, 0);
    await this.audit(client, settled);
    const last = this.#events.length;
    const again = await readEvents(client, 0, (events) => events.length >= last);
    expect(again).toEqual(this.#events);
  }

  /** FC-31: an answer is given again, and what was never answered is done once. */
  async #repeatPosts(client: Client, from: number): Promise<void> {
    const repeats = this.#books.posts.slice(from).map(async (post) => {
      const isFirst = post.answer === undefined;
      await send(client, this.#books, post);
      if (isFirst) await send(client, this.#books, post);
    });
    await Promise.all(repeats);
  }

  /** Numbers are without gap or repeat, over all lives of the server. */
  async #readNewEvents(client: Client, settled: ReadonlyMap<string, number>): Promise<void> {
    const marker = this.#books.newPost();
    await send(client, this.#books, marker);
    const last = this.#books.answered(marker, marker.answer ?? '');
    const missing = new Set(settled.keys());
    for (const hash of settledHashes(this.#events)) missing.delete(hash);
    const isEnough = (events: readonly ApiEvent[]): boolean => {
      for (const hash of settledHashes(events)) missing.delete(hash);
      return missing.size === 0 && events.some(({ data }) => data.id === last.id);
    };
    this.#events.push(...(await readEvents(client, this.#events.length, isEnough)));
    expect(this.#events.findIndex(({ seq }, index) => seq !== index + 1)).toBe(-1);
  }

  /** The description of the changed link counts its changes, and so do its events. */
  async #checkChanges(client: Client): Promise<void> {
    const { changes, links } = this.#books;
    if (!changes) return;
    const link = await client.json<PayLinkJson>(`/api/v1/pay-links/${changes.linkId}`);
    const steps = this.#count('link.changed').get(link.id) ?? 0;
    expect(link.description).toBe(describeChange(steps));
    expect(steps).toBeGreaterThanOrEqual(changes.answered);
    expect(steps).toBeLessThanOrEqual(changes.asked);
    Object.assign(changes, { asked: steps, answered: steps });
    links.set(link.id, link);
    this.#links.set(link.id, link);
  }

  #checkLinks(): void {
    const { links, posts } = this.#books;
    const found = [...this.#links.values()];
    // Every POST has been answered by now, so that these are all links that there may be.
    expect(found.map(({ label }) => label).sort()).toEqual(posts.map(({ key }) => key).sort());
    expect([...links.values()].filter((link) => !isSame(link, this.#links.get(link.id)))).toEqual(
      [],
    );
    expect(this.#count('link.created')).toEqual(once(found));
  }

  #checkInvoices(settled: ReadonlyMap<string, number>): void {
    const found = [...this.#invoices.values()];
    const wrong = [...this.#books.invoices.values()].filter(({ id, bolt11, amountMsat }) => {
      const kept = this.#invoices.get(id);
      return kept?.bolt11 !== bolt11 || kept.amountMsat !== amountMsat;
    });
    expect(wrong).toEqual([]);
    const received = found.filter(({ state }) => state === 'settled');
    expect(received).toHaveLength(settled.size);
    expect(new Map(received.map((it) => [it.paymentHash, it.receivedMsat]))).toEqual(settled);
    expect(this.#count('invoice.created')).toEqual(once(found));
    expect(this.#count('invoice.settled')).toEqual(once(received));
  }

  /** How many events of a type tell of each id. */
  #count(type: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { data } of this.#events.filter((event) => event.type === type)) {
      counts.set(data.id, (counts.get(data.id) ?? 0) + 1);
    }
    return counts;
  }
}

function once(items: readonly { readonly id: string }[]): Map<string, number> {
  return new Map(items.map(({ id }) => [id, 1]));
}

function isSame(one: object, other: object | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function settledHashes(events: readonly ApiEvent[]): string[] {
  return events
    .filter(({ type }) => type === 'invoice.settled')
    .map(({ data }) => String(data.paymentHash));
}

/** Adds the newest items of a list, back to the first that was there before. */
async function listNew<T extends { readonly id: string }>(
  client: Client,
  path: string,
  known: Map<string, T>,
): Promise<void> {
  const before = new Set(known.keys());
  let after = '';
  for (;;) {
    const page = await client.json<Page<T>>(`${path}?limit=100${after}`);
    for (const item of page.items) known.set(item.id, item);
    if (page.next === null || page.items.some(({ id }) => before.has(id))) return;
    after = `&after=${page.next}`;
  }
}
