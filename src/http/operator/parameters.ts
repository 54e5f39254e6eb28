import { z } from 'zod';
import { LIMIT_DEFAULT, LIMIT_MAX, type OperatorQuery } from './query.ts';

/** A parameter of the query: how it is read, and what the document says of it. */
export interface QueryParameter<T = unknown> {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  /** Throws `invalid-request` when it is given and wrong. */
  readonly read: (query: OperatorQuery) => T | undefined;
}

/** One of a few words. */
export function choiceParameter<T extends string>(
  name: string,
  allowed: readonly T[],
  description: string,
): QueryParameter<T> {
  const read = (query: OperatorQuery) => query.choice(name, allowed);
  return { name, description, schema: z.enum(allowed), read };
}

/** Any text. */
export function textParameter(name: string, description: string): QueryParameter<string> {
  return { name, description, schema: z.string(), read: (query) => query.get(name) };
}

/** Only what was made then or later. */
export const sinceParameter: QueryParameter<number> = {
  name: 'since',
  description: 'Only what was made then or later (RFC 3339, with its offset).',
  schema: z.iso.datetime({ offset: true }),
  read: (query) => query.time('since'),
};

/** Only what came of one link or offer. */
export const linkIdParameter = textParameter('linkId', 'Only what came of the link with this id.');

/** FC-28: admission for a browser, which cannot send the header. */
export const ticketParameter = textParameter(
  'ticket',
  'In place of a key: a ticket that was made for this, which is good once.',
);

/** What every list takes. */
export const PAGE_PARAMETERS: readonly QueryParameter[] = [
  {
    name: 'limit',
    description: 'Items of a page.',
    schema: z.int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
    read: (query) => query.limit(),
  },
  textParameter('after', 'The `next` of the page before. Without it a list begins at the newest.'),
];
