import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseAmount } from '../amount.ts';
import { Api } from '../api.ts';
import { leaf, printJson, understood } from '../command.ts';
import { momentArgument } from '../moment.ts';
import type { Surroundings } from '../surroundings.ts';
import { wholeArgument } from '../whole.ts';
import { offerAnswer, offerCard } from './offer.ts';

interface Options {
  readonly capacity: number;
  readonly push?: number;
  readonly private?: string;
  readonly feeRate?: number;
  readonly uses?: number;
  readonly validFrom?: string;
  readonly expiresAt?: string;
  readonly label?: string;
  readonly json?: true;
}

/** `channel-offer create`: makes an offer (LUD-02) and shows its code. */
export function addOfferCreate(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'create', 'make a channel offer')
    .requiredOption('--capacity <amount>', 'how large the channel is', satArgument)
    .option('--push <amount>', "given to the wallet: it is the wallet's at once", satArgument)
    .addOption(
      new Option('--private <rule>', 'whether the network is told of it').choices([
        'wallet',
        'always',
        'never',
      ]),
    )
    .option('--fee-rate <sat>', 'what the transaction costs per virtual byte', wholeArgument)
    .option('--uses <number>', 'how many channels; one when not said', wholeArgument)
    .option('--valid-from <moment>', 'not before, such as 2026-12-24T18:00', momentArgument)
    .option('--expires-at <moment>', 'not after', momentArgument)
    .option('--label <text>', 'a name for yourself; wallets do not see it')
    .action(async (options: Options) => {
      const made = await new Api(surroundings).post('/channel-offers', bodyOf(options));
      if (options.json) return printJson(surroundings, made);
      surroundings.out(await offerCard(understood(offerAnswer, made)));
    });
}

/** The body of the API's POST. A member that was not asked for is left out. */
function bodyOf(options: Options): object {
  const { capacity, push, feeRate, uses, validFrom, expiresAt, label } = options;
  return {
    capacitySat: capacity,
    ...(push !== undefined && { pushSat: push }),
    ...(options.private !== undefined && { private: options.private }),
    ...(feeRate !== undefined && { satPerVbyte: feeRate }),
    ...(uses !== undefined && { uses }),
    ...(validFrom !== undefined && { validFrom }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(label !== undefined && { label }),
  };
}

/** For commander: an amount in the chain, where there is nothing below a satoshi. */
function satArgument(text: string): number {
  const amount = parseAmount(text);
  if (amount !== undefined && amount % 1000n === 0n) return Number(amount / 1000n);
  throw new InvalidArgumentError('An amount here is whole satoshi, such as 100000sat.');
}
