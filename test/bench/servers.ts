import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, ownHeaders, withoutDate } from './answer.ts';
import { ChildServer } from './child-server.ts';
import { ask } from './load.ts';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
/** On the disk of the checkout: in memory a durable commit would cost nothing. */
const DATA = join(ROOT, 'node_modules/.cache/boltgate-bench');

/** Name and version of the package that is compared with. */
export const LNURL = `lnurl ${versionOf('lnurl')}`;

const PUBLIC_URL = 'https://pay.example.com';
const ADMIN_KEY = 'bg_bench-key-of-a-server-that-lives-for-seconds';
const LINK = { description: 'Coffee', minMsat: 1_000, maxMsat: 100_000_000 } as const;
const AMOUNT_MSAT = 21_000;
const VOUCHER = {
  description: 'A gift',
  minMsat: AMOUNT_MSAT,
  maxMsat: AMOUNT_MSAT,
  uses: 1,
} as const;
/** How an invoice over that amount begins, after the letters of its network. */
const AMOUNT_IN_BOLT11 = '210n1';

const LISTENS =
  / listens on 127\.0\.0\.1:(?<port>\d+)(?: with secrets (?<secret>\w+) and (?<voucher>\w+))?$/;

/** A server that answers wallets, and how it is asked. */
export interface Running extends AsyncDisposable {
  readonly server: ChildServer;
  readonly port: number;
  /** Those that it can answer. */
  readonly calls: Readonly<Partial<Record<CallName, Call>>> & { readonly info: Call };
}

/** Information on a pay link, an invoice for it, and information on a voucher. */
export type CallName = 'info' | 'callback' | 'offer';

/** A call of a wallet, and how a good answer to it begins. */
export interface Call {
  readonly path: string;
  readonly bodyStart: string;
}

/** What the others are to give, as our own server gave it. */
export interface Model {
  readonly info: Answer;
  readonly offer: Answer;
  readonly metadata: string;
}

/** Our server as `npm start` runs it: built, demo node, SQLite file with synchronous=FULL. */
export async function startBoltgate(): Promise<Running> {
  rmSync(DATA, { recursive: true, force: true });
  const { server, told } = await ChildServer.start(
    ['--enable-source-maps', join(ROOT, 'dist/main.js')],
    {
      BOLTGATE_LISTEN: '127.0.0.1:0',
      BOLTGATE_PUBLIC_URL: PUBLIC_URL,
      BOLTGATE_DATA_DIR: DATA,
      BOLTGATE_ADMIN_KEY: ADMIN_KEY,
    },
    LISTENS,
  );
  const port = Number(told.port);
  const info = await callOf(port, await create(port, 'pay-links', LINK), 'payRequest');
  const callback = new URL(String(JSON.parse(info.bodyStart).callback)).pathname;
  const voucher = await create(port, 'withdraw-links', VOUCHER);
  return {
    ...{ server, port },
    calls: {
      info,
      callback: {
        path: `${callback}?amount=${AMOUNT_MSAT}`,
        bodyStart: `{"pr":"lnbcrt${AMOUNT_IN_BOLT11}`,
      },
      offer: await callOf(port, voucher, 'withdrawRequest'),
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      rmSync(DATA, { recursive: true });
    },
  };
}

async function create(port: number, kind: string, terms: object): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${kind}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(terms),
  });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`no link was made: ${body}`);
  return new URL(String(JSON.parse(body).url)).pathname;
}

/** An information call: every answer must be the first one again. */
async function callOf(port: number, path: string, tag: string): Promise<Call> {
  const { body } = await ask(port, path);
  if (!body.includes(`"tag":"${tag}"`)) throw new Error(`not an information call: ${body}`);
  return { path, bodyStart: body };
}

/** What our server answers, for the others to be like it. */
export async function modelOf({ port, calls }: Running): Promise<Model> {
  const info = await ask(port, calls.info.path);
  const offer = await ask(port, calls.offer?.path ?? '');
  return { info, offer, metadata: String(JSON.parse(info.body).metadata) };
}

/** node:http with nothing around it, answering the very bytes of our information calls. */
export async function startBare({ info, offer }: Model): Promise<Running> {
  const answers = { '/info': info, '/offer': offer };
  const bytes = Object.entries(answers).map(([path, answer]) => [
    path,
    { headers: ownHeaders(answer), body: answer.body },
  ]);
  const script = join(HERE, 'bare-server.js');
  const args = [script, JSON.stringify(Object.fromEntries(bytes))];
  const { server, told } = await ChildServer.start(args, {}, LISTENS);
  const port = Number(told.port);
  for (const [path, wanted] of Object.entries(answers)) {
    const answered = withoutDate(await ask(port, path));
    if (answered === withoutDate(wanted)) continue;
    throw new Error(`the bare server answers other bytes than ours: ${answered}`);
  }
  return withoutData(server, {
    port,
    calls: {
      info: await callOf(port, '/info', 'payRequest'),
      offer: await callOf(port, '/offer', 'withdrawRequest'),
    },
  });
}

/** The npm package `lnurl`, with the same terms. */
export async function startLnurl({ metadata }: Model): Promise<Running> {
  const { minMsat: min, maxMsat: max } = LINK;
  const voucher = { amount: AMOUNT_MSAT, description: VOUCHER.description };
  const terms = { publicUrl: PUBLIC_URL, min, max, metadata, voucher };
  const args = [join(HERE, 'lnurl-server.js'), JSON.stringify(terms)];
  const { server, told } = await ChildServer.start(args, {}, LISTENS);
  const port = Number(told.port);
  return withoutData(server, {
    port,
    calls: {
      info: await callOf(port, `/lnurl?q=${told.secret}`, 'payRequest'),
      callback: {
        path: `/lnurl/${told.secret}?amount=${AMOUNT_MSAT}`,
        bodyStart: `{"pr":"lnbc${AMOUNT_IN_BOLT11}`,
      },
      offer: await callOf(port, `/lnurl?q=${told.voucher}`, 'withdrawRequest'),
    },
  });
}

function withoutData(server: ChildServer, how: Pick<Running, 'port' | 'calls'>): Running {
  const dispose = async () => await server[Symbol.asyncDispose]();
  return { server, ...how, [Symbol.asyncDispose]: dispose };
}

function versionOf(name: string): string {
  const text = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return String(JSON.parse(text).version);
}
