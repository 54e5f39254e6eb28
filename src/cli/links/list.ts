import type { Command } from 'commander';
import { z } from 'zod';
import { Api } from '../api.ts';
import { leaf, printJson, understood } from '../command.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from '../page.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Column, table } from '../table.ts';
import { amountRange, localTime } from './card.ts';
import type { LinkKind } from './kind.ts';
import { addressOf, type LinkAnswer, linkAnswer, linkState } from './link.ts';

const listAnswer = z.object({ items: z.array(linkAnswer), next: z.string().nullish() });

/** `pay-link list`, `address list`: one line a link, the newest first. */
export function addList(parent: Command, kind: LinkKind, surroundings: Surroundings): void {
  const command = leaf(parent, 'list', `list every ${kind.noun}`);
  addPageOptions(command).action(async (options: PageOptions & { readonly json?: true }) => {
    const body = await new Api(surroundings).get(kind.path, pageQuery(options));
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(listAnswer, body);
    surroundings.out(table(columns(kind, surroundings.clock.now()), items) + morePages(next));
  });
}

function columns(kind: LinkKind, now: number): Column<LinkAnswer>[] {
  const address = { title: 'ADDRESS', value: (link: LinkAnswer) => addressOf(link) ?? '' };
  return [
    { title: 'ID', value: (link) => link.id },
    ...(kind.command === 'address' ? [address] : []),
    { title: 'STATE', value: (link) => linkState(link, now) },
    { title: 'AMOUNT', value: amountRange, align: 'right' },
    { title: 'CREATED', value: (link) => localTime(link.createdAt) ?? '' },
    { title: 'DESCRIPTION', value: (link) => link.description },
    { title: 'LABEL', value: (link) => link.label ?? '' },
  ];
}
