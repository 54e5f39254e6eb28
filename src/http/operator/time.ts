/** RFC 3339: a date, a time and an offset, nothing left out. */
const TIME =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A moment as operators write it (RFC 3339, with its offset), in milliseconds since 1970. undefined
 * for any other text, for days that no calendar has, and for moments before 1970.
 */
export function parseTime(text: string): number | undefined {
  const upper = text.toUpperCase();
  const { year, month, day } = TIME.exec(upper)?.groups ?? {};
  if (year === undefined || Number(day) > daysIn(Number(year), Number(month))) return undefined;
  const moment = Date.parse(upper);
  return moment >= 0 && moment <= LATEST && !upper.includes('T24') ? moment : undefined;
}

/** A moment as operators read it: RFC 3339 in UTC, to the millisecond. */
export function timeToJson(moment: number): string {
  return new Date(moment).toISOString();
}

/** The parser of the platform rolls 30 February over into March; we refuse it. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
