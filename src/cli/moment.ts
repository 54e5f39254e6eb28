import { InvalidArgumentError } from 'commander';

const MOMENT = /^(\d{4}-\d\d-(\d\d))(T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Parses a moment of ISO 8601: with a time zone, or in that of this machine; a day alone is its
 * beginning. undefined for anything else.
 */
export function parseMoment(text: string): Date | undefined {
  const [, day, dayOfMonth, time = 'T00:00'] = MOMENT.exec(text) ?? [];
  if (day === undefined) return undefined;
  // The date parser lets the 30th of February be the 2nd of March.
  if (new Date(`${day}T00:00Z`).getUTCDate() !== Number(dayOfMonth)) return undefined;
  const moment = new Date(`${day}${time}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}

/** For commander: a moment as the API takes it (RFC 3339). */
export function momentArgument(text: string): string {
  const moment = parseMoment(text);
  if (moment) return moment.toISOString();
  throw new InvalidArgumentError(
    'A moment is written like 2026-12-24, 2026-12-24T18:00 or 2026-12-24T18:00:00+01:00.',
  );
}
