import type { Command } from 'commander';
import { Api } from '../api.ts';
import { leaf, printJson, understood } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { linkCard } from './card.ts';
import type { LinkKind } from './kind.ts';
import { linkAnswer } from './link.ts';

/** `pay-link show ID`, `address show ID`: the code and the terms of one link. */
export function addShow(parent: Command, kind: LinkKind, surroundings: Surroundings): void {
  leaf(parent, 'show <id>', `show a ${kind.noun} and its QR code`).action(
    async (id: string, { json }: { readonly json?: true }) => {
      const body = await new Api(surroundings).get(`${kind.path}/${encodeURIComponent(id)}`);
      if (json) return printJson(surroundings, body);
      const { out, clock } = surroundings;
      out(await linkCard(understood(linkAnswer, body), clock.now()));
    },
  );
}
