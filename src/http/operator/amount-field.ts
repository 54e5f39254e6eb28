import { z } from 'zod';
import { says } from './fields.ts';

/** An amount that wallets ask for: they divide by 1000 and drop what is left over (LUD06-3, LUD03-2). */
export const amountMsat = z
  .int(says('must be a whole number of millisatoshi'))
  .min(1000, 'must be at least 1000')
  .multipleOf(1000, 'must be whole satoshi: a multiple of 1000')
  .meta({ examples: [21_000] });

/** An amount of ours, such as a budget or a fee cap, of at least so much. */
export function limitMsat(least: number) {
  return z
    .int(says('must be a whole number of millisatoshi'))
    .min(least, `must be at least ${least}`);
}
