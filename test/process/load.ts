import { createHash } from 'node:crypto';
import type { Random } from '../../src/random.ts';
import type { Books, Post } from './books.ts';
import { type Client, pathOf, Unanswered } from './client.ts';

const CREATORS = 2;
const PAYERS = 4;
/** Of five invoices four are paid. */
const PAID_OF_FIVE = 4;
/** A program that sends a request twice does so at the same moment. */
const TWINS_OF_FOUR = 1;

interface Parts {
  readonly client: Client;
  readonly books: Books;
  readonly random: Random;
}

/** Keeps a server busy until it is gone. Throws when it gives an answer that it should not give. */
export async function burden(parts: Parts): Promise<void> {
  const lanes = [
    ...Array.from({ length: CREATORS }, () => createLinks),
    ...Array.from({ length: PAYERS }, () => payLink),
    changeLink,
  ];
  await Promise.all(lanes.map(async (lane) => await untilGone(async () => await lane(parts))));
}

async function untilGone(step: () => Promise<void>): Promise<void> {
  try {
    for (;;) await step();
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
  }
}

async function createLinks({ client, books, random }: Parts): Promise<void> {
  const post = books.newPost();
  const copies = below(4, random) < TWINS_OF_FOUR ? 2 : 1;
  const sent = Array.from({ length: copies }, async () => await send(client, books, post));
  // All are heard, also when one of them is cut off.
  const [cut] = (await Promise.allSettled(sent)).filter(({ status }) => status === 'rejected');
  if (cut?.status === 'rejected') throw cut.reason;
}

/** Sends a POST with its key. Every answer to it must be the same. */
export async function send(client: Client, books: Books, post: Post): Promise<void> {
  const headers = { 'idempotency-key': post.key };
  const { status, text } = await client.post('/api/v1/pay-links', post.body, headers);
  if (status !== 201) throw new Error(`${post.key} was answered ${status}: ${text}`);
  books.answered(post, text);
}

/** LUD-06 from the code to the payment, with the demo network's customer as payer. */
export async function payLink({ client, books, random }: Parts): Promise<void> {
  const links = [...books.links.values()];
  const link = links[below(links.length, random)];
  if (!link) throw new Error('there is no link to pay');
  const amountMsat = 1000 * (1 + below(1000, random));
  const path = `${pathOf(link.url)}/callback?amount=${amountMsat}`;
  const given = await client.json<{ pr?: string; verify?: string }>(path);
  const id = given.verify?.split('/').at(-1);
  if (given.pr === undefined || id === undefined) {
    throw new Error(`a callback was answered ${JSON.stringify(given)}`);
  }
  books.invoices.set(id, { id, bolt11: given.pr, amountMsat });
  if (below(5, random) >= PAID_OF_FIVE) return;
  const { status, text } = await client.post('/demo/wallet/pay', { bolt11: given.pr });
  const outcome = JSON.parse(text) as { state?: string; preimage?: string };
  if (status !== 200 || outcome.state !== 'paid' || outcome.preimage === undefined) {
    throw new Error(`a payment was answered ${status}: ${text}`);
  }
  books.paid.add(hashOf(outcome.preimage));
}

async function changeLink({ client, books: { changes } }: Parts): Promise<void> {
  if (!changes) throw new Error('there is no link to change');
  const next = changes.asked + 1;
  changes.asked = next;
  const body = { description: describeChange(next) };
  const { status, text } = await client.patch(`/api/v1/pay-links/${changes.linkId}`, body);
  if (status !== 200) throw new Error(`a change was answered ${status}: ${text}`);
  changes.answered = next;
}

/** What the changed link says after so many changes. */
export function describeChange(count: number): string {
  return `change ${count}`;
}

/** The payment hash (BOLT-11) of a preimage. */
export function hashOf(preimage: string): string {
  return createHash('sha256').update(Buffer.from(preimage, 'hex')).digest('hex');
}

/** A whole number from 0 to `limit` - 1. */
export function below(limit: number, random: Random): number {
  return Buffer.from(random(4)).readUInt32BE() % limit;
}
