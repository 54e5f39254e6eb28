import { type Command, Option } from 'commander';
import { z } from 'zod';
import { Api } from './api.ts';
import { group, leaf, printJson, understood } from './command.ts';
import { Misuse } from './failure.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from './page.ts';
import type { Surroundings } from './surroundings.ts';
import { type Column, pairs, table } from './table.ts';
import { localIso } from './text.ts';

const moment = z.iso.datetime().nullish();

const apiKeyAnswer = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  accountId: z.string().nullish(),
  createdAt: z.iso.datetime(),
  lastUsedAt: moment,
  revokedAt: moment,
  /** In the answer that makes it, and never again. */
  key: z.string().nullish(),
});

const listAnswer = z.object({ items: z.array(apiKeyAnswer), next: z.string().nullish() });

type ApiKeyAnswer = z.infer<typeof apiKeyAnswer>;

const SCOPES = ['read', 'links', 'payouts', 'logins', 'admin'];

interface Printing {
  readonly json?: true;
}

interface CreateOptions extends Printing {
  readonly scope: readonly string[];
  readonly account?: string;
}

/** `key …`: who may use the admin API, and for what. */
export function addApiKeys(parent: Command, surroundings: Surroundings): void {
  const keys = group(parent, 'key', 'who may use the admin API, and for what');
  addCreate(keys, surroundings);
  addList(keys, surroundings);
  addShow(keys, surroundings);
  addDisable(keys, surroundings);
}

/** `key create NAME --scope read`: makes a key; its text is shown this once. */
function addCreate(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'create <name>', 'make a key; it is shown this once')
    .addOption(
      new Option('--scope <scopes...>', 'what it may do')
        .choices(SCOPES)
        .makeOptionMandatory()
        .argParser(scopeArgument),
    )
    .option('--account <id>', 'it sees and makes what belongs to this account alone')
    .action(async (name: string, { scope: scopes, account, json }: CreateOptions) => {
      const body = { name, scopes, ...(account !== undefined && { accountId: account }) };
      const made = await new Api(surroundings).post('/api-keys', body);
      if (json) return printJson(surroundings, made);
      surroundings.out(card(understood(apiKeyAnswer, made)));
    });
}

/** Each alone, or several with commas. */
function scopeArgument(text: string, before: readonly string[] = []): readonly string[] {
  const given = text.split(',');
  const strange = given.find((scope) => !SCOPES.includes(scope));
  if (strange === undefined) return [...before, ...given];
  throw new Misuse(`${strange} is no scope; there are ${SCOPES.join(', ')}`);
}

function addList(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'list', 'list every key, the newest first');
  addPageOptions(command).action(async (options: PageOptions & Printing) => {
    const body = await new Api(surroundings).get('/api-keys', pageQuery(options));
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(listAnswer, body);
    surroundings.out(table(COLUMNS, items) + morePages(next));
  });
}

function addShow(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'show <id>', 'show one key, without its text').action(
    async (id: string, { json }: Printing) => {
      const body = await new Api(surroundings).get(`/api-keys/${encodeURIComponent(id)}`);
      if (json) return printJson(surroundings, body);
      surroundings.out(card(understood(apiKeyAnswer, body)));
    },
  );
}

/** `key disable ID`: from now on it opens nothing, and there is no way back. */
function addDisable(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'disable <id>', 'let a key open nothing any more, for good').action(
    async (id: string, { json }: Printing) => {
      const api = new Api(surroundings);
      const path = `/api-keys/${encodeURIComponent(id)}`;
      await api.delete(path);
      const body = await api.get(path);
      if (json) return printJson(surroundings, body);
      surroundings.out(card(understood(apiKeyAnswer, body)));
    },
  );
}

const COLUMNS: readonly Column<ApiKeyAnswer>[] = [
  { title: 'ID', value: (key) => key.id },
  { title: 'STATE', value: ({ revokedAt }) => (revokedAt ? 'revoked' : 'open') },
  { title: 'SCOPES', value: ({ scopes }) => scopes.join(',') },
  { title: 'USED', value: ({ lastUsedAt }) => momentOf(lastUsedAt) ?? 'never' },
  { title: 'NAME', value: (key) => key.name },
];

function card(key: ApiKeyAnswer): string {
  return pairs([
    ['id', key.id],
    ['name', key.name],
    ['key', key.key ?? undefined],
    ['scopes', key.scopes.join(', ')],
    ['account', key.accountId ?? undefined],
    ['created', momentOf(key.createdAt)],
    ['last used', momentOf(key.lastUsedAt)],
    ['revoked', momentOf(key.revokedAt)],
  ]);
}

function momentOf(text: string | null | undefined): string | undefined {
  return text ? localIso(new Date(text)) : undefined;
}
