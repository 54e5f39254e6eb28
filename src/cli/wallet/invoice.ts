import type { Command } from 'commander';
import type { Msat } from '../../msat.ts';
import { amountArgument } from '../amount.ts';
import { leaf, printJson } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { openWallet } from './customer-wallet.ts';

interface Options {
  readonly description?: string;
  readonly json?: true;
}

/** `wallet invoice AMOUNT`: a bolt11 of the customer's wallet, alone on its line. */
export function addInvoice(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'invoice', "print an invoice of the customer's wallet")
    .argument('<amount>', 'such as 1000sat or 21000msat', amountArgument)
    .option('--description <text>', 'what it is for')
    .action(async (amount: Msat, { description, json }: Options) => {
      await using wallet = await openWallet(surroundings);
      const bolt11 = await wallet.invoice(amount, description);
      if (json) return printJson(surroundings, { bolt11 });
      surroundings.out(`${bolt11}\n`);
    });
}
