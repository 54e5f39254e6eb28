import type { Command } from 'commander';
import type { Query } from './api.ts';
import { wholeArgument } from './whole.ts';

/** Which page of a list is wanted. */
export interface PageOptions {
  readonly limit?: number;
  readonly after?: string;
}

export function addPageOptions(command: Command): Command {
  return command
    .option('--limit <number>', 'how many at most', wholeArgument)
    .option('--after <cursor>', 'go on behind this one, as the last page said');
}

export function pageQuery({ limit, after }: PageOptions): Query {
  return { limit: limit?.toString(), after };
}

/** Says how to see the rest of a list, when there is any. */
export function morePages(next: string | null | undefined): string {
  return next ? `There are more: --after ${next}\n` : '';
}
