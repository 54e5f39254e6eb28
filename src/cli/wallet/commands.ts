import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { addBalance } from './balance.ts';
import { addChannel } from './channel.ts';
import { addInvoice } from './invoice.ts';
import { addLogin } from './login.ts';
import { addPay } from './pay.ts';
import { addWithdraw } from './withdraw.ts';

/** `wallet …`: a strict LNURL wallet, on the demo network or on an LND of the customer's. */
export function addWallet(parent: Command, surroundings: Surroundings): void {
  const wallet = group(
    parent,
    'wallet',
    'a strict LNURL wallet, on the demo network or on BOLTGATE_WALLET_LND_…',
  );
  addPay(wallet, surroundings);
  addWithdraw(wallet, surroundings);
  addLogin(wallet, surroundings);
  addChannel(wallet, surroundings);
  addInvoice(wallet, surroundings);
  addBalance(wallet, surroundings);
}
