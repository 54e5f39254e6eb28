import type { Command } from 'commander';
import { z } from 'zod';
import { Api } from './api.ts';
import { group, leaf, printJson, understood } from './command.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from './page.ts';
import type { Surroundings } from './surroundings.ts';
import { type Column, pairs, table } from './table.ts';
import { localIso } from './text.ts';
import { wholeArgument } from './whole.ts';

const moment = z.iso.datetime().nullish();

const webhookAnswer = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()).nullish(),
  label: z.string().nullish(),
  state: z.string(),
  lastSeq: z.int(),
  tries: z.int().nullish(),
  nextTryAt: moment,
  pausedFor: z.string().nullish(),
  pausedAt: moment,
  createdAt: z.iso.datetime(),
  /** In the answer that makes it, and never again. */
  secret: z.string().nullish(),
});

const deliveryAnswer = z.object({
  seq: z.int(),
  type: z.string(),
  state: z.string(),
  tries: z.int(),
  status: z.int().nullish(),
  error: z.string().nullish(),
  lastTryAt: z.iso.datetime(),
});

const listAnswer = z.object({ items: z.array(webhookAnswer), next: z.string().nullish() });
const deliveriesAnswer = z.object({ items: z.array(deliveryAnswer), next: z.string().nullish() });

type WebhookAnswer = z.infer<typeof webhookAnswer>;
type DeliveryAnswer = z.infer<typeof deliveryAnswer>;

interface Printing {
  readonly json?: true;
}

/** `webhook …`: who is told of events. */
export function addWebhooks(parent: Command, surroundings: Surroundings): void {
  const webhooks = group(parent, 'webhook', 'programs of yours that are told of events');
  addCreate(webhooks, surroundings);
  addList(webhooks, surroundings);
  const card = { path: '', verb: 'get', body: undefined } as const;
  addAct(webhooks, surroundings, { ...card, name: 'show', about: 'show one webhook' });
  for (const [name, disabled, about] of SWITCHES) {
    addAct(webhooks, surroundings, { path: '', verb: 'patch', body: { disabled }, name, about });
  }
  addAct(webhooks, surroundings, {
    ...{ path: '/rotate', verb: 'post', body: {}, name: 'rotate' },
    about: 'make a new secret; for a day deliveries are signed with both',
  });
  addReplay(webhooks, surroundings);
  addDeliveries(webhooks, surroundings);
}

const SWITCHES = [
  ['disable', true, 'send nothing any more'],
  ['enable', false, 'send again from where it was; also for one that is paused'],
] as const;

/** `webhook create URL`: makes a webhook; its secret is shown this once. */
function addCreate(parent: Command, surroundings: Surroundings): void {
  interface Options extends Printing {
    readonly event?: readonly string[];
    readonly label?: string;
  }
  leaf(parent, 'create <url>', 'make a webhook; its secret is shown this once')
    .option('--event <types...>', 'kinds of events; all of them when not said')
    .option('--label <text>', 'your own name for it')
    .action(async (url: string, { event: events, label, json }: Options) => {
      const body = { url, ...(events && { events }), ...(label !== undefined && { label }) };
      tell(await new Api(surroundings).post('/webhooks', body), json, surroundings);
    });
}

function addList(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'list', 'list every webhook, the newest first');
  addPageOptions(command).action(async (options: PageOptions & Printing) => {
    const body = await new Api(surroundings).get('/webhooks', pageQuery(options));
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(listAnswer, body);
    surroundings.out(table(WEBHOOKS, items) + morePages(next));
  });
}

interface Act {
  readonly name: string;
  readonly about: string;
  readonly verb: 'get' | 'patch' | 'post';
  /** Behind the path of the webhook. */
  readonly path: string;
  readonly body: object | undefined;
}

/** A command about one webhook that answers how it is then. */
function addAct(parent: Command, surroundings: Surroundings, act: Act): void {
  leaf(parent, `${act.name} <id>`, act.about).action(async (id: string, { json }: Printing) => {
    const api = new Api(surroundings);
    const path = `/webhooks/${encodeURIComponent(id)}${act.path}`;
    const { verb, body = {} } = act;
    tell(await (verb === 'get' ? api.get(path) : api[verb](path, body)), json, surroundings);
  });
}

/** `webhook replay ID --after N`: sends everything behind an event again. */
function addReplay(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'replay <id>', 'send again everything behind an event')
    .requiredOption('--after <number>', 'number of that event, 0 for all of them', wholeArgument)
    .action(async (id: string, { after, json }: Printing & { readonly after: number }) => {
      const path = `/webhooks/${encodeURIComponent(id)}/replay`;
      tell(await new Api(surroundings).post(path, { after }), json, surroundings);
    });
}

/** `webhook deliveries ID`: what was sent, and what came back. */
function addDeliveries(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'deliveries <id>', 'list what was sent, the newest first');
  addPageOptions(command).action(async (id: string, options: PageOptions & Printing) => {
    const path = `/webhooks/${encodeURIComponent(id)}/deliveries`;
    const body = await new Api(surroundings).get(path, pageQuery(options));
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(deliveriesAnswer, body);
    surroundings.out(table(DELIVERIES, items) + morePages(next));
  });
}

function tell(body: unknown, json: true | undefined, surroundings: Surroundings): void {
  if (json) printJson(surroundings, body);
  else surroundings.out(card(understood(webhookAnswer, body)));
}

const WEBHOOKS: readonly Column<WebhookAnswer>[] = [
  { title: 'ID', value: (webhook) => webhook.id },
  { title: 'STATE', value: (webhook) => webhook.state },
  { title: 'LAST', value: ({ lastSeq }) => String(lastSeq), align: 'right' },
  { title: 'URL', value: (webhook) => webhook.url },
];

const DELIVERIES: readonly Column<DeliveryAnswer>[] = [
  { title: 'NO', value: ({ seq }) => String(seq), align: 'right' },
  { title: 'EVENT', value: (delivery) => delivery.type },
  { title: 'STATE', value: (delivery) => delivery.state },
  { title: 'TRIES', value: ({ tries }) => String(tries), align: 'right' },
  { title: 'WHEN', value: ({ lastTryAt }) => localIso(new Date(lastTryAt)) },
  { title: 'SAID', value: ({ error, status }) => error ?? String(status ?? '') },
];

function card(webhook: WebhookAnswer): string {
  const { events } = webhook;
  return pairs([
    ['id', webhook.id],
    ['url', webhook.url],
    ['secret', webhook.secret ?? undefined],
    ['state', webhook.state],
    ['paused for', webhook.pausedFor ?? undefined],
    ['events', events ? events.join(', ') : 'all'],
    ['last event', String(webhook.lastSeq)],
    ['tries', webhook.tries ? String(webhook.tries) : undefined],
    ['next try', momentOf(webhook.nextTryAt)],
    ['label', webhook.label ?? undefined],
    ['created', momentOf(webhook.createdAt)],
  ]);
}

function momentOf(text: string | null | undefined): string | undefined {
  return text ? localIso(new Date(text)) : undefined;
}
