const HOUR_MS = 3_600_000;

/**
 * The hour, counted from 1970, in which what leaves at this moment is counted: what was spent in a day
 * changes with it, also when nobody claims.
 */
export function spendHour(moment: number): number {
  return Math.floor(moment / HOUR_MS);
}
