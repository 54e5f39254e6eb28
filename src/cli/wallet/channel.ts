import type { Command } from 'commander';
import { z } from 'zod';
import { leaf, printJson } from '../command.ts';
import { readLink } from '../decode.ts';
import { Refusal } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { pairs } from '../table.ts';
import { ask } from './ask.ts';
import { openWallet } from './customer-wallet.ts';
import { assertPurpose } from './purpose.ts';
import { shaped } from './shape.ts';
import { isWalletUrl } from './wallet-url.ts';

interface Options {
  readonly public?: true;
  readonly cancel?: true;
  readonly json?: true;
}

/** `wallet channel LNURL`: connects to the node of an offer and asks it for a channel (LUD-02). */
export function addChannel(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'channel <lnurl>', 'ask for the channel behind an lnurl or an lnurlc link')
    .option('--public', 'let the network know of it')
    .option('--cancel', 'say that the channel is not wanted')
    .action(async (text: string, options: Options) => {
      await channel(text, options, surroundings);
    });
}

async function channel(text: string, options: Options, surroundings: Surroundings): Promise<void> {
  const { fetch, out } = surroundings;
  await using wallet = await openWallet(surroundings);
  const link = readLink(text);
  assertPurpose(link, 'channelRequest');
  const offer = readChannelOffer(await ask(fetch, link.url));
  // The connection comes first: whoever is not there gets no channel (LUD-02).
  const nodeKey = await wallet.connect(offer.uri);
  const wish = options.cancel ? 'cancel=1' : `private=${options.public ? 0 : 1}`;
  const url = `${offer.callback}?k1=${offer.k1}&remoteid=${nodeKey}&${wish}`;
  shaped(accepted, await ask(fetch, url), 'The answer to the request');
  const state = options.cancel ? 'cancelled' : 'requested';
  if (options.json) return printJson(surroundings, { state, uri: offer.uri, nodeKey });
  out(
    pairs([
      ['state', state],
      ['from', offer.uri],
      ['to', nodeKey],
    ]),
  );
}

/** LUD-02: exactly this. */
const accepted = z.strictObject({ status: z.literal('OK') });

const channelRequest = z.object({
  tag: z.literal('channelRequest'),
  uri: z.string().regex(/^0[23][0-9a-f]{64}@[^@\s]+:\d{1,5}$/, 'is no pubkey@host:port'),
  callback: z.string(),
  k1: z.string().regex(/^[0-9a-f]{64}$/, 'is not 32 bytes of hex'),
});

/** LUD-02, first answer, read as the strictest wallets do; some append `?k1=` to any callback. */
export function readChannelOffer(body: object): z.infer<typeof channelRequest> {
  const offer = shaped(channelRequest, body, 'The channel request');
  if (!isWalletUrl(offer.callback)) {
    throw new Refusal('The callback of the channel request is no URL that wallets follow', {
      body,
    });
  }
  if (/[?#]/.test(offer.callback)) {
    throw new Refusal(
      'The callback of the channel request has a query, which breaks some wallets',
      {
        body,
      },
    );
  }
  return offer;
}
