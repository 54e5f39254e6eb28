import type { Command } from 'commander';
import { z } from 'zod';
import { Api } from '../api.ts';
import { group, leaf, printJson, understood } from '../command.ts';
import { addDelete } from '../links/delete.ts';
import { WITHDRAW_LINK } from '../links/kind.ts';
import { addSwitch } from '../links/switch.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from '../page.ts';
import type { Surroundings } from '../surroundings.ts';
import { table } from '../table.ts';
import { wholeArgument } from '../whole.ts';
import { addVoucherOptions, type VoucherOptions, voucherBody } from './terms.ts';
import { WITHDRAW_LINK_COLUMNS, withdrawLinkAnswer, withdrawLinkCard } from './withdraw-link.ts';

interface Printing {
  readonly json?: true;
}

/** `withdraw-link …`: codes by which wallets are paid (LUD-03). */
export function addWithdrawLinks(parent: Command, surroundings: Surroundings): void {
  const links = group(parent, WITHDRAW_LINK.command, 'codes by which wallets are paid');
  addCreate(links, surroundings);
  addList(links, surroundings);
  addShow(links, surroundings);
  addSwitch(links, WITHDRAW_LINK, 'disable', surroundings);
  addSwitch(links, WITHDRAW_LINK, 'enable', surroundings);
  addDelete(links, WITHDRAW_LINK, surroundings);
}

function addCreate(parent: Command, surroundings: Surroundings): void {
  addVoucherOptions(leaf(parent, 'create', 'make a withdraw link'))
    .option('--uses <number>', 'how often; once when not said', wholeArgument)
    .action(async (options: VoucherOptions & Printing & { readonly uses?: number }) => {
      const { uses } = options;
      const body = { ...voucherBody(options), ...(uses !== undefined && { uses }) };
      const made = await new Api(surroundings).post(WITHDRAW_LINK.path, body);
      if (options.json) return printJson(surroundings, made);
      surroundings.out(await withdrawLinkCard(understood(withdrawLinkAnswer, made)));
    });
}

const listAnswer = z.object({ items: z.array(withdrawLinkAnswer), next: z.string().nullish() });

function addList(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'list', 'list every withdraw link; those of batches are with them');
  addPageOptions(command).action(async (options: PageOptions & Printing) => {
    const body = await new Api(surroundings).get(WITHDRAW_LINK.path, pageQuery(options));
    if (options.json) return printJson(surroundings, body);
    surroundings.out(withdrawLinkTable(body));
  });
}

function addShow(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'show <id>', 'show a withdraw link or a voucher, and its QR code').action(
    async (id: string, { json }: Printing) => {
      const path = `${WITHDRAW_LINK.path}/${encodeURIComponent(id)}`;
      const body = await new Api(surroundings).get(path);
      if (json) return printJson(surroundings, body);
      surroundings.out(await withdrawLinkCard(understood(withdrawLinkAnswer, body)));
    },
  );
}

/** One page of links or vouchers, one line each. */
export function withdrawLinkTable(body: unknown): string {
  const { items, next } = understood(listAnswer, body);
  return table(WITHDRAW_LINK_COLUMNS, items) + morePages(next);
}
