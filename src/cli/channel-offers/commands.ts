import type { Command } from 'commander';
import { z } from 'zod';
import { Api } from '../api.ts';
import { group, leaf, printJson, understood } from '../command.ts';
import { localTime } from '../links/card.ts';
import { addDelete } from '../links/delete.ts';
import { CHANNEL_OFFER } from '../links/kind.ts';
import { addSwitch } from '../links/switch.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from '../page.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Column, table } from '../table.ts';
import { addOfferCreate } from './create.ts';
import { type OfferAnswer, offerAnswer, offerCard, stateText, usesText } from './offer.ts';

/** `channel-offer …`: codes by which wallets get a channel from our node (LUD-02). */
export function addChannelOffers(parent: Command, surroundings: Surroundings): void {
  const offers = group(parent, CHANNEL_OFFER.command, 'codes by which wallets get a channel');
  addOfferCreate(offers, surroundings);
  addOfferList(offers, surroundings);
  addOfferShow(offers, surroundings);
  addSwitch(offers, CHANNEL_OFFER, 'disable', surroundings);
  addSwitch(offers, CHANNEL_OFFER, 'enable', surroundings);
  addDelete(offers, CHANNEL_OFFER, surroundings);
}

const listAnswer = z.object({ items: z.array(offerAnswer), next: z.string().nullish() });

function addOfferList(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'list', 'list every channel offer');
  addPageOptions(command).action(async (options: PageOptions & { readonly json?: true }) => {
    const body = await new Api(surroundings).get(CHANNEL_OFFER.path, pageQuery(options));
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(listAnswer, body);
    surroundings.out(table(COLUMNS, items) + morePages(next));
  });
}

function addOfferShow(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'show <id>', 'show a channel offer and its QR code').action(
    async (id: string, { json }: { readonly json?: true }) => {
      const path = `${CHANNEL_OFFER.path}/${encodeURIComponent(id)}`;
      const body = await new Api(surroundings).get(path);
      if (json) return printJson(surroundings, body);
      surroundings.out(await offerCard(understood(offerAnswer, body)));
    },
  );
}

const COLUMNS: readonly Column<OfferAnswer>[] = [
  { title: 'ID', value: (offer) => offer.id },
  { title: 'STATE', value: stateText },
  { title: 'CAPACITY', value: (offer) => `${offer.capacitySat} sat`, align: 'right' },
  { title: 'USES LEFT', value: usesText, align: 'right' },
  { title: 'CREATED', value: (offer) => localTime(offer.createdAt) ?? '' },
  { title: 'LABEL', value: (offer) => offer.label ?? '' },
];
