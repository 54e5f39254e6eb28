import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type Msat, msatToJson } from '../msat.ts';
import { amountArgument, formatAmount } from './amount.ts';
import { Api } from './api.ts';
import { leaf, printJson, understood } from './command.ts';
import { Misuse } from './failure.ts';
import { momentArgument } from './moment.ts';
import { addPageOptions, morePages, type PageOptions, pageQuery } from './page.ts';
import type { Surroundings } from './surroundings.ts';
import { type Column, pairs, table } from './table.ts';
import { localIso } from './text.ts';

const moment = z.iso.datetime().nullish();

const withdrawalAnswer = z.object({
  id: z.string(),
  linkId: z.string(),
  state: z.string(),
  amountMsat: z.int(),
  feeCapMsat: z.int(),
  feeMsat: z.int().nullish(),
  paymentHash: z.string(),
  reason: z.string().nullish(),
  sends: z.int(),
  createdAt: z.iso.datetime(),
  closedAt: moment,
  evidence: z
    .object({
      sendsStarted: z.int(),
      sendsClosed: z.int(),
      knownAt: moment,
      ambiguousAt: moment,
      invoiceExpiresAt: moment,
      nodeRestartedAt: moment,
      noHtlcAt: moment,
      node: z
        .object({ state: z.string(), feeMsat: z.int().nullish(), reason: z.string().nullish() })
        .nullish(),
    })
    .nullish(),
});

const listAnswer = z.object({ items: z.array(withdrawalAnswer), next: z.string().nullish() });

type WithdrawalAnswer = z.infer<typeof withdrawalAnswer>;

interface Printing {
  readonly json?: true;
}

interface ListOptions extends PageOptions, Printing {
  readonly state?: string;
  readonly link?: string;
  readonly since?: string;
}

const STATES = ['reserved', 'sending', 'paid', 'failed', 'held'];

/** `withdrawals`: what wallets claimed, and a person's word on what is held. */
export function addWithdrawals(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'withdrawals', 'list claims of wallets, the newest first')
    // What stands behind `resolve` is meant for it, though the list has a --json of its own.
    .enablePositionalOptions()
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .option('--link <id>', 'only those of this withdraw link')
    .option('--since <moment>', 'only those made since then', momentArgument);
  addPageOptions(command).action(async (options: ListOptions) => {
    const { state, link: linkId, since } = options;
    const query = { state, linkId, since, ...pageQuery(options) };
    const body = await new Api(surroundings).get('/withdrawals', query);
    if (options.json) return printJson(surroundings, body);
    const { items, next } = understood(listAnswer, body);
    surroundings.out(table(COLUMNS, items) + morePages(next));
  });
  addShow(command, surroundings);
  addResolve(command, surroundings);
}

const COLUMNS: readonly Column<WithdrawalAnswer>[] = [
  { title: 'ID', value: (withdrawal) => withdrawal.id },
  { title: 'STATE', value: stateOf },
  { title: 'AMOUNT', value: ({ amountMsat }) => amountOf(amountMsat) ?? '', align: 'right' },
  { title: 'FEE', value: ({ feeMsat }) => amountOf(feeMsat) ?? '', align: 'right' },
  { title: 'CREATED', value: (withdrawal) => localIso(new Date(withdrawal.createdAt)) },
  { title: 'LINK', value: (withdrawal) => withdrawal.linkId },
];

/** `withdrawals show ID`: with what is known of a held one, for the person who decides it. */
function addShow(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'show <id>', 'show one claim, and the evidence when it is held').action(
    async (id: string, { json }: Printing) => {
      const body = await new Api(surroundings).get(`/withdrawals/${encodeURIComponent(id)}`);
      if (json) return printJson(surroundings, body);
      surroundings.out(card(understood(withdrawalAnswer, body)));
    },
  );
}

interface ResolveOptions extends Printing {
  readonly paid?: true;
  readonly failed?: true;
  readonly preimage?: string;
  readonly fee?: Msat;
  readonly note?: string;
}

/** `withdrawals resolve ID --paid` or `--failed`: a person's word on a held claim. */
function addResolve(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'resolve <id>', 'say what came of a claim that is held')
    .addOption(new Option('--paid', 'the money has left').conflicts('failed'))
    .addOption(new Option('--failed', 'the money will never leave').conflicts(['preimage', 'fee']))
    .option('--preimage <hex>', 'the proof that it was paid')
    .option('--fee <amount>', 'what routing cost, when the node does not say so', amountArgument)
    .option('--note <text>', 'why, for whoever asks later')
    .action(async (id: string, options: ResolveOptions) => {
      const body = await new Api(surroundings).post(
        `/withdrawals/${encodeURIComponent(id)}/resolve`,
        resolutionOf(options),
      );
      if (options.json) return printJson(surroundings, body);
      surroundings.out(card(understood(withdrawalAnswer, body)));
    });
}

function resolutionOf({ paid, failed, preimage, fee, note }: ResolveOptions): object {
  if (!paid && !failed) throw new Misuse('Say what came of it: --paid or --failed');
  return {
    outcome: paid ? 'paid' : 'failed',
    ...(preimage !== undefined && { preimage }),
    ...(fee !== undefined && { feeMsat: msatToJson(fee) }),
    ...(note !== undefined && { note }),
  };
}

function card(withdrawal: WithdrawalAnswer): string {
  const { evidence, paymentHash, linkId } = withdrawal;
  return pairs([
    ['id', withdrawal.id],
    ['state', stateOf(withdrawal)],
    ['amount', amountOf(withdrawal.amountMsat)],
    ['fee', amountOf(withdrawal.feeMsat)],
    ['fee cap', amountOf(withdrawal.feeCapMsat)],
    ['link', linkId],
    ['payment hash', paymentHash],
    ['created', momentOf(withdrawal.createdAt)],
    ['closed', momentOf(withdrawal.closedAt)],
    ['sends', evidence ? sendsOf(evidence) : String(withdrawal.sends)],
    ['known since', momentOf(evidence?.knownAt)],
    ['unsure since', momentOf(evidence?.ambiguousAt)],
    ['invoice ends', momentOf(evidence?.invoiceExpiresAt)],
    ['node restarted', momentOf(evidence?.nodeRestartedAt)],
    ['on no channel', momentOf(evidence?.noHtlcAt)],
    ['node says', evidence?.node ? wordOf(evidence.node) : undefined],
  ]);
}

type Evidence = NonNullable<WithdrawalAnswer['evidence']>;

function sendsOf({ sendsStarted, sendsClosed }: Evidence): string {
  return `${sendsStarted} begun, ${sendsClosed} ended by the node`;
}

function wordOf({ state, feeMsat, reason }: NonNullable<Evidence['node']>): string {
  switch (state) {
    case 'paid':
      return `paid, for a fee of ${amountOf(feeMsat) ?? 'it does not say how much'}`;
    case 'failed':
      return `failed (${reason ?? 'it does not say why'})`;
    case 'unknown':
      return 'it is under way';
    case 'none':
      return 'it has no record of it';
    case 'unreachable':
      return 'nothing, it cannot be reached';
    default:
      return state;
  }
}

function stateOf({ state, reason }: WithdrawalAnswer): string {
  return reason ? `${state} (${reason})` : state;
}

function amountOf(amountMsat: number | null | undefined): string | undefined {
  return typeof amountMsat === 'number' ? formatAmount(BigInt(amountMsat)) : undefined;
}

function momentOf(text: string | null | undefined): string | undefined {
  return text ? localIso(new Date(text)) : undefined;
}
