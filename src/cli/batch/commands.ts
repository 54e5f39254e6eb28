import type { Command } from 'commander';
import { z } from 'zod';
import { Api } from '../api.ts';
import { group, leaf, printJson, understood } from '../command.ts';
import { BATCH } from '../links/kind.ts';
import { addSwitch } from '../links/switch.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from '../page.ts';
import type { Surroundings } from '../surroundings.ts';
import { table } from '../table.ts';
import { wholeArgument } from '../whole.ts';
import { addVoucherOptions, type VoucherOptions, voucherBody } from '../withdraw-links/terms.ts';
import { BATCH_COLUMNS, batchAnswer, batchCard } from './batch.ts';
import { addPrint } from './print.ts';
import { addVouchers } from './vouchers.ts';

interface Printing {
  readonly json?: true;
}

/** `batch …`: vouchers by the thousand. */
export function addBatches(parent: Command, surroundings: Surroundings): void {
  const batches = group(
    parent,
    BATCH.command,
    'vouchers by the thousand, each good for one payment',
  );
  addCreate(batches, surroundings);
  addList(batches, surroundings);
  addShow(batches, surroundings);
  addSwitch(batches, BATCH, 'disable', surroundings);
  addSwitch(batches, BATCH, 'enable', surroundings);
  addVouchers(batches, surroundings);
  addPrint(batches, surroundings);
}

function addCreate(parent: Command, surroundings: Surroundings): void {
  addVoucherOptions(leaf(parent, 'create', 'make a batch of vouchers'))
    .requiredOption('--count <number>', 'how many', wholeArgument)
    .action(async (options: VoucherOptions & Printing & { readonly count: number }) => {
      const body = { count: options.count, ...voucherBody(options) };
      const made = await new Api(surroundings).post(BATCH.path, body);
      if (options.json) return printJson(surroundings, made);
      surroundings.out(batchCard(understood(batchAnswer, made)));
    });
}

const listAnswer = z.object({ items: z.array(batchAnswer), next: z.string().nullish() });

function addList(parent: Command, surroundings: Surroundings): void {
  addPageOptions(leaf(parent, 'list', 'list every batch')).action(
    async (options: PageOptions & Printing) => {
      const body = await new Api(surroundings).get(BATCH.path, pageQuery(options));
      if (options.json) return printJson(surroundings, body);
      const { items, next } = understood(listAnswer, body);
      surroundings.out(table(BATCH_COLUMNS, items) + morePages(next));
    },
  );
}

function addShow(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'show <id>', 'show a batch and what became of its vouchers').action(
    async (id: string, { json }: Printing) => {
      const body = await new Api(surroundings).get(`${BATCH.path}/${encodeURIComponent(id)}`);
      if (json) return printJson(surroundings, body);
      surroundings.out(batchCard(understood(batchAnswer, body)));
    },
  );
}
