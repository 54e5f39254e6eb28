import { type Command, Option } from 'commander';
import { z } from 'zod';
import { formatAmount } from './amount.ts';
import { Api } from './api.ts';
import { leaf, printJson, understood } from './command.ts';
import { momentArgument } from './moment.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from './page.ts';
import type { Surroundings } from './surroundings.ts';
import { type Column, table } from './table.ts';
import { localIso } from './text.ts';

const invoiceAnswer = z.object({
  id: z.string(),
  linkId: z.string().nullish(),
  state: z.string(),
  amountMsat: z.int(),
  receivedMsat: z.int().nullish(),
  comment: z.string().nullish(),
  surplus: z.boolean().nullish(),
  createdAt: z.iso.datetime(),
});

const listAnswer = z.object({ items: z.array(invoiceAnswer), next: z.string().nullish() });

type InvoiceAnswer = z.infer<typeof invoiceAnswer>;

interface Options extends PageOptions {
  readonly state?: string;
  readonly link?: string;
  readonly since?: string;
  readonly json?: true;
}

const STATES = ['open', 'settled', 'expired', 'cancelled'];

/** `invoices`: money that was asked for, and what came of it. */
export function addInvoices(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'invoices', 'list invoices, the newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .option('--link <id>', 'only those of this pay link or address')
    .option('--since <moment>', 'only those made since then', momentArgument);
  addPageOptions(command).action(async (options: Options) => {
    const { state, link: linkId, since } = options;
    const query = { state, linkId, since, ...pageQuery(options) };
    const body = await new Api(surroundings).get('/invoices', query);
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(listAnswer, body);
    surroundings.out(table(COLUMNS, items) + morePages(next));
  });
}

const COLUMNS: readonly Column<InvoiceAnswer>[] = [
  { title: 'ID', value: (invoice) => invoice.id },
  { title: 'STATE', value: stateOf },
  { title: 'AMOUNT', value: (invoice) => formatAmount(BigInt(invoice.amountMsat)), align: 'right' },
  { title: 'RECEIVED', value: receivedOf, align: 'right' },
  { title: 'CREATED', value: (invoice) => localIso(new Date(invoice.createdAt)) },
  { title: 'LINK', value: (invoice) => invoice.linkId ?? '' },
  { title: 'COMMENT', value: (invoice) => invoice.comment ?? '' },
];

/** A one-time link that is paid twice has money too many, which the operator must see (FC-9). */
function stateOf({ state, surplus }: InvoiceAnswer): string {
  return surplus ? `${state} (surplus)` : state;
}

function receivedOf({ receivedMsat }: InvoiceAnswer): string {
  return typeof receivedMsat === 'number' ? formatAmount(BigInt(receivedMsat)) : '';
}
