import type { Command } from 'commander';
import { Api } from '../api.ts';
import { leaf, printJson } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import type { LinkKind } from './kind.ts';

/** `pay-link disable ID` and `enable ID`, and likewise for all that can be switched off. */
export function addSwitch(
  parent: Command,
  kind: LinkKind,
  to: 'disable' | 'enable',
  surroundings: Surroundings,
): void {
  const isOff = to === 'disable';
  leaf(parent, `${to} <id>`, `switch a ${kind.noun} ${isOff ? 'off' : 'on again'}`).action(
    async (id: string, { json }: { readonly json?: true }) => {
      const path = `${kind.path}/${encodeURIComponent(id)}`;
      const body = await new Api(surroundings).patch(path, { disabled: isOff });
      if (json) return printJson(surroundings, body);
      surroundings.out(`${id} is ${isOff ? 'disabled' : 'enabled'}.\n`);
    },
  );
}
