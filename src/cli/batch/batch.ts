import { z } from 'zod';
import { amountRange, localTime } from '../links/card.ts';
import { type Column, pairs } from '../table.ts';
import {
  amountText,
  stateText,
  voucherEntries,
  voucherTerms,
} from '../withdraw-links/withdraw-link.ts';

/** A batch, as far as the command line shows it. */
export const batchAnswer = voucherTerms.extend({
  id: z.string(),
  count: z.int(),
  states: z.record(z.string(), z.int()).nullish(),
});

export type BatchAnswer = z.infer<typeof batchAnswer>;

/** What it is, what it may cost, and how many vouchers are in which state. */
export function batchCard(batch: BatchAnswer): string {
  return pairs([
    ['id', batch.id],
    ['vouchers', String(batch.count)],
    ...voucherEntries(batch),
    ...stateEntries(batch),
  ]);
}

function stateEntries({ states }: BatchAnswer): (readonly [string, string])[] {
  return Object.entries(states ?? {})
    .filter(([, count]) => count > 0)
    .map(([state, count]) => [stateText({ state }), String(count)]);
}

/** One line a batch. */
export const BATCH_COLUMNS: readonly Column<BatchAnswer>[] = [
  { title: 'ID', value: (batch) => batch.id },
  { title: 'VOUCHERS', value: (batch) => String(batch.count), align: 'right' },
  { title: 'AMOUNT', value: amountRange, align: 'right' },
  { title: 'AT WORST', value: (batch) => amountText(batch.worstCaseMsat) ?? '', align: 'right' },
  { title: 'CREATED', value: (batch) => localTime(batch.createdAt) ?? '' },
  { title: 'DESCRIPTION', value: (batch) => batch.description },
  { title: 'LABEL', value: (batch) => batch.label ?? '' },
];
