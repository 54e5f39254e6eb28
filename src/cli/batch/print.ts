import type { Command } from 'commander';
import { z } from 'zod';
import { Api } from '../api.ts';
import { leaf, printJson, understood } from '../command.ts';
import { serverOrigin } from '../settings.ts';
import type { Surroundings } from '../surroundings.ts';

const ticketAnswer = z.object({ ticket: z.string().regex(/^[a-z2-7]+$/) });

/** `batch print ID`: the URL of the sheet, alone on its line, for a browser on this machine. */
export function addPrint(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'print <id>', 'print the URL of a page to print the vouchers from').action(
    async (id: string, { json }: { readonly json?: true }) => {
      const path = `/withdraw-batches/${encodeURIComponent(id)}`;
      const body = await new Api(surroundings).post(`${path}/print-tickets`, {});
      if (json) return printJson(surroundings, body);
      const { ticket } = understood(ticketAnswer, body);
      const { out, err } = surroundings;
      // The server is asked where the command found it: the public URL may not show the API.
      out(`${serverOrigin(surroundings)}/api/v1${path}/print?ticket=${ticket}\n`);
      err('Open it within a minute: it works once, and shows codes that are worth money.\n');
    },
  );
}
