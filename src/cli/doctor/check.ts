/** What one check found. */
export interface Check {
  /** `fail`: something that is configured does not work. `warn`: it works, and should not stay so. */
  readonly result: 'ok' | 'warn' | 'fail';
  /** What was looked at. */
  readonly check: string;
  readonly finding: string;
  /** What to do about it; undefined when nothing is to be done. */
  readonly advice: string | undefined;
}

export function ok(check: string, finding: string): Check {
  return { result: 'ok', check, finding, advice: undefined };
}

export function warn(check: string, finding: string, advice: string): Check {
  return { result: 'warn', check, finding, advice };
}

export function fail(check: string, finding: string, advice?: string): Check {
  return { result: 'fail', check, finding, advice };
}
