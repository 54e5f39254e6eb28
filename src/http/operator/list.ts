import { z } from 'zod';
import { RequestError } from '../../errors.ts';
import { type Answer, found } from './answer.ts';
import { PAGE_PARAMETERS, type QueryParameter } from './parameters.ts';
import { type OperatorQuery, parameterError } from './query.ts';
import { type ActionDescription, json } from './route.ts';

/** What the document says of a list: what it takes beside its filters, and what a page looks like. */
export function lists(
  item: z.ZodType,
  filters: readonly QueryParameter[] = [],
): Pick<ActionDescription, 'query' | 'answers'> {
  const page = z.strictObject({ items: z.array(item), next: z.string().nullable() });
  return { query: [...filters, ...PAGE_PARAMETERS], answers: { 200: json(page) } };
}

/** Where the items of a list come from. */
export interface ListSource<T> {
  /** Newest first, those behind `after` only. An `after` that never was gives nothing. */
  readonly list: (limit: number, after: string | undefined) => Promise<readonly T[]>;
  /** Throws `not-found` when there is no such item. */
  readonly get: (id: string) => Promise<unknown>;
  readonly toJson: (item: T) => object;
}

/**
 * One page of a list as `{items, next}`, newest first. `next` is what to give as `after` for the page
 * behind this one, and null at the end.
 */
export async function listed<T extends { readonly id: string }>(
  query: OperatorQuery,
  { list, get, toJson }: ListSource<T>,
): Promise<Answer> {
  const limit = query.limit();
  const after = query.get('after');
  const items = await list(limit + 1, after);
  // An item that was deleted still marks its place, so only an empty page is doubtful.
  if (after !== undefined && items.length === 0) await assertKnown(after, get);
  const page = items.slice(0, limit);
  const next = items.length > limit ? page.at(-1)?.id : undefined;
  return found({ items: page.map(toJson), next: next ?? null });
}

async function assertKnown(after: string, get: (id: string) => Promise<unknown>): Promise<void> {
  try {
    await get(after);
  } catch (error) {
    const unknown = error instanceof RequestError && error.code === 'not-found';
    throw unknown ? parameterError('after', 'must be the id of an item of this list') : error;
  }
}

/** Where the lines of an account or a trail come from: they count from 1, without a gap. */
export interface NumberedSource<T> {
  /** Newest first, those before number `after` only. */
  readonly list: (limit: number, after: number | undefined) => Promise<readonly T[]>;
  readonly toJson: (item: T) => object;
}

/** One page of numbered lines as `{items, next}`, newest first; `next` and `after` are their numbers. */
export async function listedByNumber<T extends { readonly seq: number }>(
  query: OperatorQuery,
  { list, toJson }: NumberedSource<T>,
): Promise<Answer> {
  const limit = query.limit();
  const after = query.number('after');
  const items = await list(limit + 1, after);
  const page = items.slice(0, limit);
  const next = items.length > limit ? page.at(-1)?.seq : undefined;
  return found({ items: page.map(toJson), next: next === undefined ? null : String(next) });
}
