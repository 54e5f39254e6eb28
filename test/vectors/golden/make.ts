// Makes the golden files of the version that was built: see README.md beside this file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { K1 } from '../../../src/hex.ts';
import { Client, pathOf } from '../../process/client.ts';
import { readEvents } from '../../process/events.ts';
import { GOLDEN, type Golden } from '../../process/golden.ts';
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
    ...[link.url, address.url, paid.verify, open.verify].map(pathOf),
    '/.well-known/lnurlp/alice',
  ];
  const answers = await Promise.all(
    paths.map(async (path) => ({ path, body: await client.json<object>(path) })),
  );
  await started.server.stop();
  return {
    version,
    secret,
    publicUrl,
    codes: [link, address].map(({ lnurl, url }) => ({ lnurl, url })),
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
  return ['begin;', ...lines, 'commit;', ''].join('\n');
}
