import { z } from 'zod';
import { says } from './fields.ts';
import { label, text } from './text-fields.ts';

const NOTE_MAX_CHARACTERS = 500;

const OBJECT_RULE = says('must be a JSON object');

const floorMsat = z
  .int(says('must be a whole number of millisatoshi, or null for no floor'))
  .meta({ description: 'The balance never falls below; null for no floor. A new account has 0.' });

/** A body that opens an account. */
export const newAccount = z.strictObject(
  { name: label, floorMsat: floorMsat.nullish() },
  OBJECT_RULE,
);

/** A body that changes an account. */
export const changedAccount = z.strictObject(
  { name: label.optional(), floorMsat: floorMsat.nullish() },
  OBJECT_RULE,
);

/** What an operator wants to be remembered beside a decision. */
export const note = text(noteFault).meta({
  description: `1 to ${NOTE_MAX_CHARACTERS} characters, no control characters. It is kept in the audit.`,
});

const accountId = z
  .string(says('must be the id of an account, or treasury'))
  .meta({ description: 'An account, or `treasury`.' });

/** A body that moves money from one account to another. */
export const newTransfer = z.strictObject(
  {
    from: accountId,
    to: accountId,
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
