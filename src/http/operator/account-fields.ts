import { z } from 'zod';
import { says } from './fields.ts';
import { labelFault, text } from './text-fields.ts';

const NOTE_MAX_CHARACTERS = 500;

const OBJECT_RULE = says('must be a JSON object');

const floorMsat = z.int(says('must be a whole number of millisatoshi, or null for no floor'));

/** A body that opens an account. */
export const newAccount = z.strictObject(
  { name: text(labelFault), floorMsat: floorMsat.nullish() },
  OBJECT_RULE,
);

/** A body that changes an account. */
export const changedAccount = z.strictObject(
  { name: text(labelFault).optional(), floorMsat: floorMsat.nullish() },
  OBJECT_RULE,
);

/** What an operator wants to be remembered beside a decision. */
export const note = text(noteFault);

/** A body that moves money from one account to another. */
export const newTransfer = z.strictObject(
  {
    from: z.string(says('must be the id of an account, or treasury')),
    to: z.string(says('must be the id of an account, or treasury')),
    amountMsat: z
      .int(says('must be a whole number of millisatoshi'))
      .min(1, 'must be at least 1 millisatoshi'),
    note: note.optional(),
  },
  OBJECT_RULE,
);

/** What is wrong with a note, or undefined. */
function noteFault(given: string): string | undefined {
  const length = [...given].length;
  if (given.trim() === '' || length > NOTE_MAX_CHARACTERS) {
    return `must be 1 to ${NOTE_MAX_CHARACTERS} characters`;
  }
  return /[\p{Cc}\p{Cs}]/u.test(given) ? 'must have no control characters' : undefined;
}
