import type { Command } from 'commander';
import { Api } from '../api.ts';
import { leaf, printJson } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import type { LinkKind } from './kind.ts';

/** `pay-link delete ID`, `address delete ID`: for good. The invoices stay. */
export function addDelete(parent: Command, kind: LinkKind, surroundings: Surroundings): void {
  leaf(parent, 'delete <id>', `take a ${kind.noun} away for good`).action(
    async (id: string, { json }: { readonly json?: true }) => {
      const path = `${kind.path}/${encodeURIComponent(id)}`;
      const body = await new Api(surroundings).delete(path);
      if (json) return printJson(surroundings, body);
      surroundings.out(`${id} is deleted.\n`);
    },
  );
}
