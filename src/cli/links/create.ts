import type { Command } from 'commander';
import { Api } from '../api.ts';
import { leaf, printJson, understood } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { linkCard } from './card.ts';
import { ADDRESS, type LinkKind, PAY_LINK } from './kind.ts';
import { linkAnswer } from './link.ts';
import { addTermOptions, type TermOptions, termsBody } from './terms.ts';

interface Printing {
  readonly json?: true;
}

/** `pay-link create`: makes a link and shows its code. */
export function addPayLinkCreate(parent: Command, surroundings: Surroundings): void {
  addTermOptions(leaf(parent, 'create', 'make a pay link')).action(
    async (options: TermOptions & Printing) => {
      await create(PAY_LINK, termsBody(options), options, surroundings);
    },
  );
}

/** `address create NAME`: makes a lightning address (LUD-16) and shows its code. */
export function addAddressCreate(parent: Command, surroundings: Surroundings): void {
  const command = leaf(
    parent,
    'create <name>',
    'make a lightning address; _ is the domain itself',
  ).option('--domain <domain>', 'what stands behind the @, when the server has several');
  addTermOptions(command).action(
    async (name: string, options: TermOptions & Printing & { readonly domain?: string }) => {
      const { domain } = options;
      const body = { name, ...(domain !== undefined && { domain }), ...termsBody(options) };
      await create(ADDRESS, body, options, surroundings);
    },
  );
}

async function create(
  kind: LinkKind,
  body: object,
  { json }: Printing,
  surroundings: Surroundings,
): Promise<void> {
  const made = await new Api(surroundings).post(kind.path, body);
  if (json) return printJson(surroundings, made);
  const { out, clock } = surroundings;
  out(await linkCard(understood(linkAnswer, made), clock.now()));
}
