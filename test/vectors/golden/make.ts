// Makes the golden files of the version that was built: see README.md beside this file.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { K1 } from '../../../src/hex.ts';
import { Client, pathOf } from '../../process/client.ts';
import { readEvents } from '../../process/events.ts';
import { GOLDEN, type Golden, NODE_JOURNAL } from '../../process/golden.ts';
import { LoginWallet } from '../../support/login-wallet.ts';
import { PROJECT, startServer } from '../../support/server-process.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** What an answer holds of what is of use here. */
interface Json {
  readonly id: string;
  readonly url: string;
  readonly lnurl: string;
  readonly k1: string;
  readonly pr: string;
  readonly verify: string;
}

const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
const secret = '5a'.repeat(32);
const publicUrl = 'https://pay.example.com';

using folder = tempFolder();
const dataDir = join(folder.path, 'data');
const golden = await live();
mkdirSync(join(GOLDEN, version), { recursive: true });
writeFileSync(join(GOLDEN, version, 'promises.json'), `${JSON.stringify(golden, null, 2)}\n`);
writeFileSync(join(GOLDEN, version, 'database.sql'), dump(join(dataDir, 'boltgate.db')));
copyFileSync(join(dataDir, NODE_JOURNAL), join(GOLDEN, version, NODE_JOURNAL));

/** A server's life in which one thing of each kind is made. */
async function live(): Promise<Golden> {
  const env = { BOLTGATE_SECRET: secret, BOLTGATE_PUBLIC_URL: publicUrl };
  await using started = await startServer({ dataDir, env });
  using client = new Client(started.origin, started.server.adminKey);
  const link = await post(client, '/api/v1/pay-links', {
    description: 'Coffee',
    minMsat: 1000,
    maxMsat: 1_000_000,
    commentAllowed: 100,
    label: 'shop window',
  });
  const address = await post(client, '/api/v1/addresses', {
    name: 'alice',
    description: 'For Alice',
    minMsat: 1000,
    maxMsat: 2_000_000,
  });
  const voucher = await post(client, '/api/v1/withdraw-links', {
    description: 'Thank you',
    minMsat: 1000,
    maxMsat: 50_000,
    uses: 1,
  });
  const offer = await post(client, '/api/v1/channel-offers', {
    capacitySat: 100_000,
    private: 'wallet',
    uses: 10,
  });
  const shownFirst = await infoOf(client, pathOf(link.url));
  await client.patch(`/api/v1/pay-links/${link.id}`, { description: 'Coffee and cake' });
  const shownThen = await infoOf(client, pathOf(link.url));
  const shownOfAddress = await infoOf(client, '/.well-known/lnurlp/alice');

  const paid = await client.json<Json>(`${pathOf(shownFirst.callback)}?amount=21000`);
  await post(client, '/demo/wallet/pay', { bolt11: paid.pr });
  const open = await client.json<Json>(`${pathOf(shownOfAddress.callback)}?amount=42000`);
  await logIn(client);
  await readEvents(client, 0, (events) => events.some(({ type }) => type === 'invoice.settled'));
  const paths = [
    ...[link, address, voucher, offer].map(({ url }) => pathOf(url)),
    ...[paid, open].map(({ verify }) => pathOf(verify)),
    '/.well-known/lnurlp/alice',
  ];
  const answers = await Promise.all(
    paths.map(async (path) => ({ path, body: await lastingAnswer(client, path) })),
  );
  await started.server.stop();
  return {
    version,
    secret,
    publicUrl,
    codes: [link, address, voucher, offer].map(({ lnurl, url }) => ({ lnurl, url })),
    answers,
    callbacks: [shownFirst, shownThen, shownOfAddress].map(({ callback, metadata }) => ({
      path: pathOf(callback),
      metadata,
    })),
    linkingKeys: 1,
  };
}

async function post(client: Client, path: string, body: object): Promise<Json> {
  const { status, text } = await client.post(path, body);
  if (status >= 300) throw new Error(`POST ${path} was answered ${status}: ${text}`);
  return JSON.parse(text);
}

async function infoOf(client: Client, path: string) {
  return await client.json<{ readonly callback: string; readonly metadata: string }>(path);
}

/** What an answer says for ever: a k1 may be new each time, and a node may be replaced. */
async function lastingAnswer(client: Client, path: string): Promise<object> {
  const first = await client.json<object>(path);
  const again = Object.entries(await client.json<object>(path));
  const told = new Map<string, unknown>(Object.entries(first));
  return Object.fromEntries(
    again.filter(([name, value]) => name !== 'uri' && isSame(told.get(name), value)),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

async function logIn(client: Client): Promise<void> {
  const { k1, url } = await post(client, '/api/v1/logins', { action: 'register' });
  const { sig, key } = await new LoginWallet(11).answer(k1 as K1);
  await client.json(`${pathOf(url)}&sig=${sig}&key=${key}`);
}

/** The whole database as SQL text. */
function dump(path: string): string {
  const database = new Database(path, { readonly: true });
  const made = database
    .prepare<[], { type: string; name: string; sql: string }>(
      "select type, name, sql from sqlite_master where sql is not null order by type = 'index', rowid",
    )
    .all();
  const lines = made.map(({ sql }) => `${sql};`);
  for (const { name } of made.filter(({ type }) => type === 'table')) {
    const columns = database
      .prepare<[], { name: string }>(`select name from pragma_table_info('${name}')`)
      .all();
    const values = columns.map((column) => `quote("${column.name}")`).join(" || ', ' || ");
    const rows = database
      .prepare<[], { row: string }>(`select ${values} as row from "${name}"`)
      .all();
    lines.push(...rows.map(({ row }) => `insert into "${name}" values (${row});`));
  }
  database.close();
  return ['begin;', 'pragma defer_foreign_keys = on;', ...lines, 'commit;', ''].join('\n');
}
