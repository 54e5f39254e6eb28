import { expect } from '@jest/globals';
import { descriptionHashOf, type PaymentHash } from '../../src/hex.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11/decode.ts';
import type { PaymentOutcome } from '../../src/lightning/node.ts';
import type { PayRequest, VerifyAnswer } from '../../src/lnurl/pay/pay.ts';
import { msat } from '../../src/msat.ts';
import { ADMIN_KEY, PUBLIC_URL, type start } from './start.ts';

export type Server = Awaited<ReturnType<typeof start>>;

/** The largest fee that the wallet pays: more than the demo network ever asks. */
const MAX_FEE = msat(10_000_000n);

/** A pay link or address as the operator's API gives it back. */
export interface MadeLink {
  readonly id: string;
  readonly url: string;
  readonly lnurl: string;
  readonly lud17: string;
  readonly qr: string;
}

/** Makes a pay link; what is not said is a coffee from 1 to 100,000 sat. */
export async function makeLink(server: Server, fields: object = {}): Promise<MadeLink> {
  return await make(server, 'pay-links', fields);
}

/** Makes a lightning address. */
export async function makeAddress(server: Server, fields: object): Promise<MadeLink> {
  return await make(server, 'addresses', fields);
}

async function make(server: Server, kind: string, fields: object): Promise<MadeLink> {
  const { status, body } = await server.operator
    .post(`/api/v1/${kind}`)
    .send({ description: 'Coffee', minMsat: 1000, maxMsat: 100_000_000, ...fields });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

export async function patchLink(server: Server, id: string, changes: object): Promise<void> {
  const { status } = await server.operator.patch(`/api/v1/pay-links/${id}`).send(changes);
  expect(status).toBe(200);
}

/** An invoice as the operator's API shows it. */
export async function invoicesOf(
  server: Server,
  query: Readonly<Record<string, string | number>>,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { status, body } = await server.operator.get('/api/v1/invoices').query(query);
  expect(status).toBe(200);
  return body.items;
}

/** LUD-06, first call, with the looks of a strict wallet at what comes back. */
export async function readOffer(
  server: Server,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<PayRequest> {
  const { status, body } = await server.wallet.get(server.local(url)).set(headers);
  expect([status, body]).toEqual([200, expect.objectContaining({ tag: 'payRequest' })]);
  expect(body.callback.startsWith(`${PUBLIC_URL}/`)).toBe(true);
  const plain = JSON.parse(body.metadata).filter(([type]: string[]) => type === 'text/plain');
  expect(plain).toHaveLength(1);
  return body;
}

/** An invoice that the wallet has looked at. */
export interface Ordered {
  readonly bolt11: string;
  readonly paymentHash: PaymentHash;
  readonly verify: string;
  /** The whole answer of the second call. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** LUD-06, second call: the amount and the hash of the metadata must be those of the offer. */
export async function order(
  server: Server,
  { callback, metadata }: Pick<PayRequest, 'callback' | 'metadata'>,
  query: Readonly<Record<string, string | number>>,
): Promise<Ordered> {
  const { status, body } = await server.wallet.get(server.local(callback)).query(query);
  expect([status, body]).toEqual([200, expect.objectContaining({ pr: expect.any(String) })]);
  const { amount, descriptionHash, paymentHash } = decodeBolt11(body.pr);
  expect([amount, descriptionHash]).toEqual([
    BigInt(query.amount ?? 0),
    descriptionHashOf(metadata),
  ]);
  return { bolt11: body.pr, paymentHash, verify: body.verify, body };
}

/** Both calls at once. */
export async function orderFrom(
  server: Server,
  url: string,
  query: Readonly<Record<string, string | number>> = { amount: 1000 },
): Promise<Ordered> {
  return await order(server, await readOffer(server, url), query);
}

/** The customer of the demo network pays. */
export async function pay(
  server: Server,
  { bolt11 }: Pick<Ordered, 'bolt11'>,
): Promise<PaymentOutcome> {
  return await server.network.customer.pay(bolt11, { maxFee: MAX_FEE, timeoutMs: 1_000 });
}

/** LUD-21. */
export async function verify(
  server: Server,
  ordered: Pick<Ordered, 'verify'>,
): Promise<VerifyAnswer> {
  const { status, body } = await server.wallet.get(server.local(ordered.verify));
  expect([status, body]).toEqual([200, expect.objectContaining({ status: 'OK' })]);
  return body;
}

/** Asks as a till does, until the invoice is settled. */
export async function settled(
  server: Server,
  ordered: Pick<Ordered, 'verify'>,
): Promise<VerifyAnswer> {
  return await until(
    async () => await verify(server, ordered),
    (answer) => answer.settled,
  );
}

const PATIENCE_MS = 20_000;

/** Asks again and again until the answer is good; fails with the last answer. */
export async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    await new Promise(setImmediate); // A node in this process answers before anybody else has a turn.
    if (Date.now() > end) throw new Error(`waited in vain, at last: ${JSON.stringify(answer)}`);
  }
}

/** A fact as the event stream tells it. */
export interface ToldEvent {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Every event so far: a link is made as a mark, and the stream is read up to it. */
export async function eventsOf(server: Server): Promise<readonly ToldEvent[]> {
  const mark = await makeLink(server, { label: 'the mark of eventsOf' });
  const events: ToldEvent[] = [];
  for await (const event of streamOf(server)) {
    if (event.data.id === mark.id) break;
    if (event.data.label !== 'the mark of eventsOf') events.push(event);
  }
  return events;
}

async function* streamOf(server: Server): AsyncGenerator<ToldEvent> {
  const end = new AbortController();
  const response = await fetch(`${server.origin}/api/v1/events?after=0`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    signal: end.signal,
  });
  let text = '';
  try {
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString('utf8');
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (data !== undefined) yield JSON.parse(data);
      }
    }
  } finally {
    end.abort();
  }
}
