import type { Command } from 'commander';
import { formatAmount } from '../amount.ts';
import { leaf, printJson } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { pairs } from '../table.ts';
import { DemoWallet, readBalances } from './demo-wallet.ts';

/** `wallet balance`: what the wallet can send and receive. */
export function addBalance(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'balance', 'show what the wallet can send and receive').action(
    async ({ json }: { readonly json?: true }) => {
      const body = await new DemoWallet(surroundings).balance();
      if (json) return printJson(surroundings, body);
      const { outboundMsat, inboundMsat } = readBalances(body);
      surroundings.out(
        pairs([
          ['can send', formatAmount(outboundMsat)],
          ['can receive', formatAmount(inboundMsat)],
        ]),
      );
    },
  );
}
