import { type Command, Option } from 'commander';
import { type Msat, msatToJson } from '../../msat.ts';
import { amountArgument } from '../amount.ts';
import { Misuse } from '../failure.ts';
import { momentArgument } from '../moment.ts';
import { wholeArgument } from '../whole.ts';
import { imageFrom } from './image.ts';

/** What the options of `create` become. */
export interface TermOptions {
  readonly min: Msat;
  readonly max: Msat;
  readonly description: string;
  readonly longDescription?: string;
  readonly image?: string;
  readonly comment?: number;
  readonly successMessage?: string;
  readonly successUrl?: string;
  readonly successDescription?: string;
  readonly oneTime?: true;
  readonly invoiceExpiry?: number;
  readonly validFrom?: string;
  readonly expiresAt?: string;
  readonly account?: string;
  readonly label?: string;
}

/** Adds the options that say what is offered. */
export function addTermOptions(command: Command): Command {
  return command
    .requiredOption('--min <amount>', 'the least that can be paid', amountArgument)
    .requiredOption('--max <amount>', 'the most that can be paid', amountArgument)
    .requiredOption('--description <text>', 'one line that wallets show')
    .option('--long-description <text>', 'more text, for wallets with room for it')
    .option('--image <file>', 'a small PNG or JPEG that wallets show')
    .option('--comment <characters>', 'let the payer write so much', wholeArgument)
    .addOption(
      new Option('--success-message <text>', 'shown by the wallet after it has paid').conflicts([
        'successUrl',
        'successDescription',
      ]),
    )
    .option('--success-url <url>', 'offered by the wallet after it has paid')
    .option('--success-description <text>', 'what the success URL is for')
    .option('--one-time', 'good for one payment only')
    .option('--invoice-expiry <seconds>', 'how long each invoice can be paid', wholeArgument)
    .option('--valid-from <moment>', 'not before, such as 2026-12-24T18:00', momentArgument)
    .option('--expires-at <moment>', 'not after', momentArgument)
    .option('--account <id>', 'whose the money is; yours when nothing is said')
    .option('--label <text>', 'a name for yourself; payers do not see it');
}

/** The body of the API's POST. A member that was not asked for is left out. */
export function termsBody(options: TermOptions): object {
  const { longDescription, image, comment, oneTime, invoiceExpiry, label } = options;
  const { validFrom, expiresAt, account } = options;
  const successAction = successActionOf(options);
  return {
    minMsat: msatToJson(options.min),
    maxMsat: msatToJson(options.max),
    description: options.description,
    ...(longDescription !== undefined && { longDescription }),
    ...(image !== undefined && { image: imageFrom(image) }),
    ...(comment !== undefined && { commentAllowed: comment }),
    ...(successAction && { successAction }),
    ...(oneTime && { oneTime }),
    ...(invoiceExpiry !== undefined && { invoiceExpirySeconds: invoiceExpiry }),
    ...(validFrom !== undefined && { validFrom }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(account !== undefined && { accountId: account }),
    ...(label !== undefined && { label }),
  };
}

/** LUD-09 has a message, or a URL with its description. */
function successActionOf(options: TermOptions): object | undefined {
  const { successMessage: message, successUrl: url, successDescription: description } = options;
  if (message !== undefined) return { tag: 'message', message };
  if (url === undefined && description === undefined) return undefined;
  if (url === undefined || description === undefined) {
    throw new Misuse('--success-url and --success-description belong together');
  }
  return { tag: 'url', description, url };
}
