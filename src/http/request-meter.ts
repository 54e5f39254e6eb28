import type { RequestHandler } from 'express';
import { patternOf } from './route-pattern.ts';

/** What counts requests. Routes are patterns of ours, never paths, for a path may hold a token. */
export interface RequestMeter {
  answered(request: {
    readonly route: string;
    readonly method: string;
    readonly status: number;
    /** undefined for what goes on until somebody leaves. */
    readonly durationMs: number | undefined;
  }): void;
  /** A wallet was told an error, which its status does not show (LUD-01). */
  refused(route: string, code: string): void;
  /** For a route that answers by the thousand, so that nothing has to be looked up each time. */
  hot(route: string): HotMeter;
}

/** Counts the wallets' GETs of one route. */
export interface HotMeter {
  /** The answer lay ready. */
  ready(): void;
  answered(durationMs: number): void;
}

/** Where a request went that met no route of ours. */
export const NO_ROUTE = 'none';

const STREAMS: ReadonlySet<string> = new Set(['/api/v1/events', '/login/events']);

/** Counts what the framework answers. */
export function counts(meter: RequestMeter): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once('close', () => {
      const route = patternOf(req) ?? NO_ROUTE;
      const durationMs = STREAMS.has(route) ? undefined : performance.now() - startedAt;
      meter.answered({ route, method: req.method, status: res.statusCode, durationMs });
    });
    next();
  };
}
