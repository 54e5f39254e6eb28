import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { addAddressCreate, addPayLinkCreate } from './create.ts';
import { addDelete } from './delete.ts';
import { ADDRESS, type LinkKind, PAY_LINK } from './kind.ts';
import { addList } from './list.ts';
import { addShow } from './show.ts';
import { addSwitch } from './switch.ts';

/** `pay-link …`: static codes. */
export function addPayLinks(parent: Command, surroundings: Surroundings): void {
  const links = group(parent, PAY_LINK.command, 'codes that anyone can pay');
  addPayLinkCreate(links, surroundings);
  addRest(links, PAY_LINK, surroundings);
}

/** `address …`: lightning addresses (LUD-16). */
export function addAddresses(parent: Command, surroundings: Surroundings): void {
  const addresses = group(
    parent,
    ADDRESS.command,
    'lightning addresses, such as alice@example.org',
  );
  addAddressCreate(addresses, surroundings);
  addRest(addresses, ADDRESS, surroundings);
}

function addRest(parent: Command, kind: LinkKind, surroundings: Surroundings): void {
  addList(parent, kind, surroundings);
  addShow(parent, kind, surroundings);
  addSwitch(parent, kind, 'disable', surroundings);
  addSwitch(parent, kind, 'enable', surroundings);
  addDelete(parent, kind, surroundings);
}
