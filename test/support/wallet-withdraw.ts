// A wallet that is paid out, in a process of its own. `js-lnurl` reads links and first answers, or the
// helpers of `lnurl` read the link and the wallet asks by itself; the second call is the wallet's own.
import { createRequire } from 'node:module';
import { getParams } from 'js-lnurl';
import { obeys } from './wallet-script.ts';

interface LinkHelpers {
  decode(lnurl: string): string;
  encode(url: string): string;
}

const { decode, encode }: LinkHelpers = createRequire(import.meta.url)('lnurl');

/** What LUD-03 says of the second call: the two parameters join whatever the callback has. */
async function call(offer: unknown, pr: string): Promise<unknown> {
  const { callback, k1 } = offer as { readonly callback: string; readonly k1: string };
  const glue = callback.includes('?') ? '&' : '?';
  const response = await fetch(`${callback}${glue}k1=${k1}&pr=${pr}`);
  return await response.json();
}

async function plain(lnurl: string): Promise<unknown> {
  return await (await fetch(decode(lnurl))).json();
}

obeys({
  ask: async (link: string) => await getParams(link),
  claim: async ({ link, pr }: { link: string; pr: string }) =>
    await call(await getParams(link), pr),
  plainClaim: async ({ lnurl, pr }: { lnurl: string; pr: string }) =>
    await call(await plain(lnurl), pr),
  encode: async (url: string) => encode(url),
});
