import { type ErrorCode, RequestError, visible } from '../../../errors.ts';
import type { ActionDescription, DescribedPath, OperatorMethod } from '../route.ts';

/** Every code that an action can be refused with: what its form brings, and what it says itself. */
export function refusalsOf(
  { path, opening }: Pick<DescribedPath, 'path' | 'opening'>,
  method: OperatorMethod,
  { query, body, refusals = [] }: ActionDescription,
): ReadonlySet<ErrorCode> {
  const hasId = path.includes('/:id');
  const isPost = method === 'POST';
  const reads = query !== undefined || body !== undefined || isPost;
  return new Set<ErrorCode>([
    ...(hasId || reads ? (['invalid-request'] as const) : []),
    'unauthorized',
    ...(opening ? (['forbidden', 'too-many-requests', 'store-unavailable'] as const) : []),
    ...(hasId ? (['not-found'] as const) : []),
    ...(body !== undefined || isPost
      ? (['request-too-large', 'unsupported-media-type'] as const)
      : []),
    ...(isPost ? (['idempotency-conflict'] as const) : []),
    'internal',
    ...refusals,
  ]);
}

/** The codes by the status that each is told with. */
export function byStatus(codes: ReadonlySet<ErrorCode>): ReadonlyMap<number, readonly ErrorCode[]> {
  const found = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = entryOf(code);
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return found;
}

/** Status and title of a code. */
export function entryOf(code: ErrorCode): { readonly status: number; readonly title: string } {
  const { status, title } = visible(new RequestError(code, ''));
  return { status, title };
}
