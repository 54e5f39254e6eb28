import type { Command } from 'commander';
import { z } from 'zod';
import { type Msat, msatToJson } from '../msat.ts';
import { amountArgument, formatAmount } from './amount.ts';
import { Api } from './api.ts';
import { leaf, printJson, understood } from './command.ts';
import type { Surroundings } from './surroundings.ts';
import { printable } from './text.ts';

const transferAnswer = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  amountMsat: z.int(),
});

interface Options {
  readonly note?: string;
  readonly json?: true;
}

/** `transfer FROM TO AMOUNT`: moves money between two accounts; nothing leaves the node. */
export function addTransfer(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'transfer', 'move money between accounts; yours is treasury')
    .argument('<from>', 'id of the account that gives')
    .argument('<to>', 'id of the account that gets')
    .argument('<amount>', 'how much', amountArgument)
    .option('--note <text>', 'what for, for whoever asks later')
    .action(async (from: string, to: string, amount: Msat, { note, json }: Options) => {
      const order = { from, to, amountMsat: msatToJson(amount) };
      const body = { ...order, ...(note !== undefined && { note }) };
      const made = await new Api(surroundings).post('/transfers', body);
      if (json) return printJson(surroundings, made);
      const { id, amountMsat, ...ends } = understood(transferAnswer, made);
      const moved = formatAmount(BigInt(amountMsat));
      surroundings.out(printable(`${moved} moved from ${ends.from} to ${ends.to}: ${id}`));
      surroundings.out('\n');
    });
}
