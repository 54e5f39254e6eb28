import { type Command, Option } from 'commander';
import { z } from 'zod';
import { Api } from './api.ts';
import { leaf, printJson, understood } from './command.ts';
import { momentArgument } from './moment.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from './page.ts';
import type { Surroundings } from './surroundings.ts';
import { type Column, table } from './table.ts';
import { localIso } from './text.ts';

const channelAnswer = z.object({
  id: z.string(),
  linkId: z.string(),
  state: z.string(),
  nodeKey: z.string().nullish(),
  capacitySat: z.int(),
  private: z.boolean(),
  fundingOutpoint: z.string().nullish(),
  reason: z.string().nullish(),
  createdAt: z.iso.datetime(),
});

const listAnswer = z.object({ items: z.array(channelAnswer), next: z.string().nullish() });

type ChannelAnswer = z.infer<typeof channelAnswer>;

interface Options extends PageOptions {
  readonly state?: string;
  readonly link?: string;
  readonly since?: string;
  readonly json?: true;
}

const STATES = ['requested', 'opening', 'opened', 'failed', 'cancelled', 'held'];

/** `channels`: what wallets asked for by channel offers, and what came of it. */
export function addChannels(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'channels', 'list channels that wallets asked for, newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .option('--link <id>', 'only those of this channel offer')
    .option('--since <moment>', 'only those asked for since then', momentArgument);
  addPageOptions(command).action(async (options: Options) => {
    const { state, link: linkId, since } = options;
    const query = { state, linkId, since, ...pageQuery(options) };
    const body = await new Api(surroundings).get('/channels', query);
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(listAnswer, body);
    surroundings.out(table(COLUMNS, items) + morePages(next));
  });
}

const COLUMNS: readonly Column<ChannelAnswer>[] = [
  { title: 'ID', value: (channel) => channel.id },
  { title: 'STATE', value: stateOf },
  { title: 'CAPACITY', value: ({ capacitySat }) => `${capacitySat} sat`, align: 'right' },
  { title: 'PRIVATE', value: (channel) => (channel.private ? 'yes' : 'no') },
  { title: 'CREATED', value: (channel) => localIso(new Date(channel.createdAt)) },
  { title: 'OFFER', value: (channel) => channel.linkId },
  { title: 'NODE', value: (channel) => channel.nodeKey ?? '' },
  { title: 'CHANNEL', value: (channel) => channel.fundingOutpoint ?? '' },
];

/** FC-20: why there is no channel is what an operator wants to know next. */
function stateOf({ state, reason }: ChannelAnswer): string {
  return reason ? `${state} (${reason})` : state;
}
