import type { Command } from 'commander';
import { z } from 'zod';
import { formatAmount } from './amount.ts';
import { Api } from './api.ts';
import { leaf, printJson, understood } from './command.ts';
import { Refusal } from './failure.ts';
import type { Surroundings } from './surroundings.ts';
import { type Column, table } from './table.ts';

const differenceAnswer = z.object({
  kind: z.string(),
  id: z.string(),
  foundMsat: z.int().nullish(),
  expectedMsat: z.int().nullish(),
});

const reconcileAnswer = z.object({
  report: z.object({
    agrees: z.boolean(),
    payments: z.int(),
    invoices: z.int(),
    heldMsat: z.int(),
    differences: z.array(differenceAnswer),
    more: z.int().nullish(),
  }),
});

type DifferenceAnswer = z.infer<typeof differenceAnswer>;

/** A long history takes its time; `fetch` itself waits no longer than five minutes for an answer. */
const PATIENCE_MS = 290_000;

/** `reconcile`: holds the ledger against the node; exit code 1 when they differ. */
export function addReconcile(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'reconcile', 'compare the ledger with the node, to the millisatoshi').action(
    async ({ json }: { readonly json?: true }) => {
      const body = await new Api(surroundings).post('/reconcile', {}, PATIENCE_MS);
      const { report } = understood(reconcileAnswer, body);
      const { agrees, payments, invoices, heldMsat, differences, more } = report;
      if (!agrees) {
        if (!json) surroundings.out(table(COLUMNS, differences));
        const count = differences.length + (more ?? 0);
        throw new Refusal(`ledger and node differ: ${count} differences, no money leaves`, {
          body,
        });
      }
      if (json) return printJson(surroundings, body);
      surroundings.out(
        `ledger and node agree: ${payments} payments, ${invoices} invoices, ${heldMsat} msat\n`,
      );
    },
  );
}

const COLUMNS: readonly Column<DifferenceAnswer>[] = [
  { title: 'DIFFERENCE', value: ({ kind }) => kind },
  { title: 'ID', value: ({ id }) => id },
  { title: 'FOUND', value: ({ foundMsat }) => amountOf(foundMsat), align: 'right' },
  { title: 'EXPECTED', value: ({ expectedMsat }) => amountOf(expectedMsat), align: 'right' },
];

function amountOf(amountMsat: number | null | undefined): string {
  return typeof amountMsat === 'number' ? formatAmount(BigInt(amountMsat)) : 'nothing';
}
