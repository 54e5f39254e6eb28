import type { Log } from '../log.ts';

/** A command line says what went wrong once, at its end. */
export const quietLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
