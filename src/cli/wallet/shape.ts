import type { z } from 'zod';
import { Refusal } from '../failure.ts';
import { printable } from '../text.ts';

/** Reads an answer that must have exactly this shape. Throws Refusal with its first fault. */
export function shaped<T>(schema: z.ZodType<T>, body: object, what: string): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join('.') ?? '';
  const fault = where === '' ? issue?.message : `${where}: ${issue?.message}`;
  throw new Refusal(`${what} is not as wallets want it: ${printable(fault ?? '')}`, { body });
}
