/** SQL says null where we say undefined. */
export function orNull<T>(value: T | undefined): T | null {
  return value ?? null;
}

/** We say undefined where SQL says null. */
export function orUndefined<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

/** A count or a time, which both fit a number; money stays bigint. */
export function numberOrUndefined(value: bigint | null): number | undefined {
  return value === null ? undefined : Number(value);
}

/** `$3, $4, $5`: the places of `count` parameters, the first of which is number `from`. */
export function places(from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `$${from + index}`).join(', ');
}
