import type { Command } from 'commander';
import { z } from 'zod';
import { type Msat, msatToJson } from '../msat.ts';
import { amountArgument, formatAmount } from './amount.ts';
import { Api } from './api.ts';
import { group, leaf, printJson, understood } from './command.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from './page.ts';
import type { Surroundings } from './surroundings.ts';
import { type Column, pairs, table } from './table.ts';
import { localIso } from './text.ts';

const accountAnswer = z.object({
  id: z.string(),
  name: z.string(),
  balanceMsat: z.int(),
  floorMsat: z.int().nullish(),
  createdAt: z.iso.datetime(),
});

const entryAnswer = z.object({
  seq: z.int(),
  kind: z.string(),
  reference: z.string(),
  note: z.string().nullish(),
  amountMsat: z.int(),
  balanceMsat: z.int(),
  createdAt: z.iso.datetime(),
});

const listAnswer = z.object({ items: z.array(accountAnswer), next: z.string().nullish() });
const entriesAnswer = z.object({ items: z.array(entryAnswer), next: z.string().nullish() });

type AccountAnswer = z.infer<typeof accountAnswer>;
type EntryAnswer = z.infer<typeof entryAnswer>;

interface Printing {
  readonly json?: true;
}

/** `account …`: whose money it is. */
export function addAccounts(parent: Command, surroundings: Surroundings): void {
  const accounts = group(parent, 'account', 'whose money it is: tenants, users and yourself');
  addCreate(accounts, surroundings);
  addList(accounts, surroundings);
  addShow(accounts, surroundings);
  addEntries(accounts, surroundings);
}

/** `account create NAME`: opens an account with nothing in it. */
function addCreate(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'create <name>', 'open an account')
    .option('--credit <amount>', 'how far its balance may fall below zero', amountArgument)
    .action(async (name: string, { credit, json }: Printing & { readonly credit?: Msat }) => {
      const body = {
        name,
        ...(credit !== undefined && { floorMsat: 0 - msatToJson(credit) }),
      };
      const made = await new Api(surroundings).post('/accounts', body);
      if (json) return printJson(surroundings, made);
      surroundings.out(card(understood(accountAnswer, made)));
    });
}

function addList(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'list', 'list every account, the newest first');
  addPageOptions(command).action(async (options: PageOptions & Printing) => {
    const body = await new Api(surroundings).get('/accounts', pageQuery(options));
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(listAnswer, body);
    surroundings.out(table(ACCOUNTS, items) + morePages(next));
  });
}

/** `account show ID`: one account; yours is `treasury`. */
function addShow(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'show <id>', 'show one account; yours is treasury').action(
    async (id: string, { json }: Printing) => {
      const body = await new Api(surroundings).get(`/accounts/${encodeURIComponent(id)}`);
      if (json) return printJson(surroundings, body);
      surroundings.out(card(understood(accountAnswer, body)));
    },
  );
}

/** `account entries ID`: every line of how its balance came to be. */
function addEntries(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'entries <id>', 'list what an account gained and lost');
  addPageOptions(command).action(async (id: string, options: PageOptions & Printing) => {
    const path = `/accounts/${encodeURIComponent(id)}/entries`;
    const body = await new Api(surroundings).get(path, pageQuery(options));
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(entriesAnswer, body);
    surroundings.out(table(ENTRIES, items) + morePages(next));
  });
}

const ACCOUNTS: readonly Column<AccountAnswer>[] = [
  { title: 'ID', value: (account) => account.id },
  { title: 'BALANCE', value: ({ balanceMsat }) => amountOf(balanceMsat), align: 'right' },
  { title: 'FLOOR', value: floorOf, align: 'right' },
  { title: 'NAME', value: (account) => account.name },
];

const ENTRIES: readonly Column<EntryAnswer>[] = [
  { title: 'NO', value: (entry) => String(entry.seq), align: 'right' },
  { title: 'WHEN', value: (entry) => localIso(new Date(entry.createdAt)) },
  { title: 'CHANGE', value: ({ amountMsat }) => amountOf(amountMsat), align: 'right' },
  { title: 'BALANCE', value: ({ balanceMsat }) => amountOf(balanceMsat), align: 'right' },
  { title: 'KIND', value: (entry) => entry.kind },
  { title: 'FOR', value: (entry) => entry.reference },
  { title: 'NOTE', value: (entry) => entry.note ?? '' },
];

function card(account: AccountAnswer): string {
  return pairs([
    ['id', account.id],
    ['name', account.name],
    ['balance', amountOf(account.balanceMsat)],
    ['floor', floorOf(account)],
    ['created', localIso(new Date(account.createdAt))],
  ]);
}

function floorOf({ floorMsat }: AccountAnswer): string {
  return typeof floorMsat === 'number' ? amountOf(floorMsat) : 'none';
}

function amountOf(amountMsat: number): string {
  return formatAmount(BigInt(amountMsat));
}
