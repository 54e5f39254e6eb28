import { type Command, Option } from 'commander';
import { type Msat, msatToJson } from '../../msat.ts';
import { amountArgument } from '../amount.ts';
import { Misuse } from '../failure.ts';
import { momentArgument } from '../moment.ts';
import { wholeArgument } from '../whole.ts';

/** What the options of `create` become, for a link as for each voucher of a batch. */
export interface VoucherOptions {
  readonly amount?: Msat;
  readonly min?: Msat;
  readonly max?: Msat;
  readonly description: string;
  readonly wait?: number;
  readonly day?: Msat;
  readonly total?: Msat;
  readonly feeMax?: Msat;
  readonly funded?: true;
  readonly payLink?: string;
  readonly account?: string;
  readonly validFrom?: string;
  readonly expiresAt?: string;
  readonly label?: string;
}

/** Adds the options that say what can be withdrawn. */
export function addVoucherOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--amount <amount>', 'exactly so much')
        .argParser(amountArgument)
        .conflicts(['min', 'max']),
    )
    .option('--min <amount>', 'the least that can be withdrawn at once', amountArgument)
    .option('--max <amount>', 'the most that can be withdrawn at once', amountArgument)
    .requiredOption('--description <text>', 'one line that wallets show; may be empty')
    .option('--wait <seconds>', 'between two uses', wholeArgument)
    .option('--day <amount>', 'no more than this in a day, fees included', amountArgument)
    .option('--total <amount>', 'no more than this at all, fees included', amountArgument)
    .option(
      '--fee-max <amount>',
      "what routing may cost, in place of the server's rule",
      amountArgument,
    )
    .option('--funded', 'set the money aside now, or refuse when the account has too little')
    .option('--pay-link <id>', 'a pay link by which it can be topped up')
    .option('--account <id>', "whose money it is; the operator's when not said")
    .option('--valid-from <moment>', 'not before, such as 2026-12-24T18:00', momentArgument)
    .option('--expires-at <moment>', 'not after', momentArgument)
    .option('--label <text>', 'a name for yourself; wallets do not see it');
}

/** The body of the API's POST. A member that was not asked for is left out. */
export function voucherBody(options: VoucherOptions): object {
  const { amount, min = amount, max = amount } = options;
  if (min === undefined || max === undefined) {
    throw new Misuse('Say what can be withdrawn: --amount, or --min and --max');
  }
  const { wait, funded, payLink, account, validFrom, expiresAt, label } = options;
  return {
    description: options.description,
    minMsat: msatToJson(min),
    maxMsat: msatToJson(max),
    ...(wait !== undefined && { waitSeconds: wait }),
    ...(options.day !== undefined && { dayMsat: msatToJson(options.day) }),
    ...(options.total !== undefined && { totalMsat: msatToJson(options.total) }),
    ...(options.feeMax !== undefined && { feeMaxMsat: msatToJson(options.feeMax) }),
    ...(funded && { funded }),
    ...(payLink !== undefined && { payLinkId: payLink }),
    ...(account !== undefined && { accountId: account }),
    ...(validFrom !== undefined && { validFrom }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(label !== undefined && { label }),
  };
}
