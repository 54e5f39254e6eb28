import type { Command } from 'commander';
import type { z } from 'zod';
import { Refusal } from './failure.ts';
import type { Surroundings } from './surroundings.ts';

/** A command that does something and, with `--json`, prints it for programs. */
export function leaf(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print JSON, for programs');
}

/** A command that only groups others: alone it is not enough. */
export function group(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description);
}

/** JSON for programs: as it was said, with line breaks for people. */
export function printJson({ out }: Surroundings, body: unknown): void {
  if (body !== undefined) out(`${JSON.stringify(body, null, 2)}\n`);
}

/** Reads what our own server said; throws Refusal when it is of a version that says other things. */
export function understood<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new Refusal(`The server's answer is not understood (${where}): is it of another version?`, {
    body,
  });
}
