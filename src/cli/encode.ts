import { type Command, Option } from 'commander';
import { encodeLnurl } from '../lnurl/lnurl.ts';
import { type LnurlScheme, TAG_OF, toScheme } from '../lnurl/schemes.ts';
import { leaf, printJson } from './command.ts';
import { Refusal } from './failure.ts';
import type { Surroundings } from './surroundings.ts';
import { isWalletUrl } from './wallet/wallet-url.ts';

interface Options {
  readonly scheme?: LnurlScheme;
  readonly json?: true;
}

/** `encode URL`: the lnurl of a URL (LUD-01), or its LUD-17 form. */
export function addEncode(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'encode <url>', 'write a URL as an lnurl (LUD-01) or with a scheme (LUD-17)')
    .addOption(
      new Option('--scheme <scheme>', 'write it with this scheme').choices(Object.keys(TAG_OF)),
    )
    .action((url: string, { scheme, json }: Options) => {
      if (!isWalletUrl(url)) {
        throw new Refusal(
          'Wallets follow https URLs alone, and http only for .onion and localhost',
        );
      }
      // A QR code wants capitals, and the API writes it so too.
      const lnurl = encodeLnurl(url).toUpperCase();
      const lud17 = scheme && toScheme(url, scheme);
      if (json) return printJson(surroundings, { url, lnurl, ...(lud17 && { lud17 }) });
      surroundings.out(`${lud17 ?? lnurl}\n`);
    });
}
