import type { Command } from 'commander';
import { z } from 'zod';
import { hexToBytes, type K1, parseHex32 } from '../../hex.ts';
import { nodeKeyOf, signerOf } from '../../lightning/bolt11/signature.ts';
import type { Link } from '../../lnurl/parse-link.ts';
import { leaf, printJson } from '../command.ts';
import { readLink } from '../decode.ts';
import { Refusal } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { ask } from './ask.ts';
import { derFromCompact } from './der.ts';
import { linkingKeyOf } from './linking-key.ts';
import { assertPurpose } from './purpose.ts';
import { walletSeed } from './seed.ts';
import { shaped } from './shape.ts';

/** `wallet login LNURL`: proves to a site that the same wallet is here again (LUD-04). */
export function addLogin(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'login <lnurl>', 'log in to the site behind an lnurl or a keyauth link').action(
    async (text: string, { json }: { readonly json?: true }) => {
      const challenge = readChallenge(readLink(text));
      const { domain, action } = challenge;
      // The person must see where the key goes before it is sent (LUD-04).
      if (!json) surroundings.out(`${QUESTION[action]} ${domain}\n`);
      const { url, key } = signed(challenge, await walletSeed(surroundings));
      const body = await ask(surroundings.fetch, url);
      shaped(accepted, body, 'The answer to the login');
      if (json) printJson(surroundings, { state: 'verified', domain, action, linkingKey: key });
      else surroundings.out(`Done, as ${key}\n`);
    },
  );
}

/** LUD-04: exactly this. */
const accepted = z.strictObject({ status: z.literal('OK') });

const ACTIONS = ['register', 'login', 'link', 'auth'] as const;
type Action = (typeof ACTIONS)[number];

const QUESTION = {
  register: 'Registering at',
  login: 'Logging in to',
  link: 'Linking this wallet to the account at',
  auth: 'Authorising at',
} as const satisfies Record<Action, string>;

/** What a site asks to be signed. */
export interface Challenge {
  readonly url: string;
  /** What the key is derived from (LUD-05): the host alone, without its port. */
  readonly domain: string;
  readonly k1: K1;
  readonly action: Action;
}

/** LUD-04: reads a login link as the strictest wallets do. */
export function readChallenge(link: Link): Challenge {
  assertPurpose(link, 'login');
  const { url } = link;
  const { hostname, search, searchParams } = new URL(url);
  // Wallets look for these very letters, before they parse anything.
  if (!/[?&]tag=login(?:&|$)/.test(search)) throw new Refusal('This is no login link (LUD-04)');
  for (const name of ['tag', 'k1', 'action', 'sig', 'key']) {
    const count = searchParams.getAll(name).length;
    const isOurs = name === 'sig' || name === 'key';
    if (count > (isOurs ? 0 : 1)) throw new Refusal(`The login link has a ${name} too many`);
  }
  const k1Text = searchParams.get('k1') ?? '';
  const k1 = /[A-F]/.test(k1Text) ? undefined : parseHex32<K1>(k1Text);
  if (k1 === undefined) throw new Refusal('The k1 of the login link is not 32 bytes of hex');
  const actionText = searchParams.get('action') ?? 'login';
  const action = ACTIONS.find((one) => one === actionText);
  if (action === undefined)
    throw new Refusal('The login link asks for an action that LUD-04 lacks');
  return { url, domain: hostname, k1, action };
}

/** The callback with the signature (LUD-04): over k1 itself, not over a hash of it. */
function signed({ url, domain, k1 }: Challenge, seed: Uint8Array): { url: string; key: string } {
  const privateKey = linkingKeyOf(seed, domain);
  const key = nodeKeyOf(privateKey);
  const signature = derFromCompact(signerOf(privateKey)(hexToBytes(k1)));
  const sig = Buffer.from(signature).toString('hex');
  return { url: `${url}&sig=${sig}&key=${key}`, key };
}
