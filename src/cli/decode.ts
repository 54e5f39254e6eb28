import type { Command } from 'commander';
import { decodeLnurl } from '../lnurl/lnurl.ts';
import { type Link, parseLink } from '../lnurl/parse-link.ts';
import { leaf, printJson } from './command.ts';
import { Refusal } from './failure.ts';
import type { Surroundings } from './surroundings.ts';
import { printable } from './text.ts';

/** `decode LNURL`: the URL behind an lnurl (LUD-01), a LUD-17 link or a lightning address (LUD-16). */
export function addDecode(parent: Command, surroundings: Surroundings): void {
  leaf(
    parent,
    'decode <lnurl>',
    'show the URL behind an lnurl, a LUD-17 link or an address',
  ).action((text: string, { json }: { readonly json?: true }) => {
    const link = readLink(text);
    if (json) return printJson(surroundings, link);
    surroundings.out(`${link.url}\n`);
  });
}

/** Reads what a person pasted; throws Refusal with what is wrong with it. */
export function readLink(text: string): Link {
  const link = parseLink(text, { allowLocal: true });
  if (link) return link;
  const inside = decodeLnurl(text.trim().replace(/^lightning:(?:\/\/)?/i, ''));
  if (inside === undefined) {
    throw new Refusal(
      'This is no lnurl, LUD-17 link or lightning address, or a character is wrong',
    );
  }
  throw new Refusal(
    `The lnurl is whole, but no wallet follows what it holds: ${printable(inside)}`,
  );
}
