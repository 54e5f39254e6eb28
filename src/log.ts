import { pino } from 'pino';

/** Values of a log line: flat, without anything secret. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/**
 * Where outcomes are told. The message is constant, values are fields. `error` is for what should
 * never happen; nothing that a wallet or a caller sends may cause one.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields, cause?: unknown): void;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON line an outcome, on standard output. */
export function openLog(level: LogLevel): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // Its own writer would stop the process for ever when the disk under a log is full.
  const out = pino(options, process.stdout);
  return {
    debug: (message, fields) => out.debug(plain(fields), message),
    info: (message, fields) => out.info(plain(fields), message),
    warn: (message, fields) => out.warn(plain(fields), message),
    error: (message, fields, cause) => out.error({ ...plain(fields), ...stackOf(cause) }, message),
  };
}

function plain(fields: LogFields = {}): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'bigint' ? value.toString() : value,
  ]);
  return Object.fromEntries(entries);
}

/** The stack names files and lines, not values: the message of an unknown error may hold a secret. */
function stackOf(cause: unknown): { stack?: string } {
  if (typeof cause !== 'object' || cause === null || !('stack' in cause)) return {};
  const frames = String(cause.stack)
    .split('\n')
    .filter((line) => line.startsWith('    at '));
  return { stack: frames.join('\n') };
}
