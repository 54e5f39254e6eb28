import type { Command } from 'commander';

/** `serve`: the server. Its rooms are loaded only now: a client command needs none of them (FC-25). */
export function addServe(parent: Command): void {
  parent
    .command('serve')
    .description('run the server')
    .action(async () => {
      await import('../main.ts');
    });
}
