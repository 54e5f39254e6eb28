import type { Command } from 'commander';
import { leaf } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';

/** `doctor`: looks at everything that the server needs, and says what to do; exit code 1 when it cannot run. */
export function addDoctor(parent: Command, surroundings: Surroundings): void {
  leaf(
    parent,
    'doctor',
    'check configuration, data, node, macaroons and public address; changes nothing',
  ).action(async ({ json }: { readonly json?: true }) => {
    // gRPC and SQLite are loaded by those who need them.
    const { examine } = await import('./doctor.ts');
    await examine(json === true, surroundings);
  });
}
