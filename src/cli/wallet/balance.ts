import type { Command } from 'commander';
import { msatToJson } from '../../msat.ts';
import { formatAmount } from '../amount.ts';
import { leaf, printJson } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { pairs } from '../table.ts';
import { openWallet } from './customer-wallet.ts';

/** `wallet balance`: what the wallet can send and receive. */
export function addBalance(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'balance', 'show what the wallet can send and receive').action(
    async ({ json }: { readonly json?: true }) => {
      await using wallet = await openWallet(surroundings);
      const { outbound, inbound } = await wallet.balance();
      const body = { outboundMsat: msatToJson(outbound), inboundMsat: msatToJson(inbound) };
      if (json) return printJson(surroundings, body);
      surroundings.out(
        pairs([
          ['can send', formatAmount(outbound)],
          ['can receive', formatAmount(inbound)],
        ]),
      );
    },
  );
}
