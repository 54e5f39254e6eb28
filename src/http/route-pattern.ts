import type { Request } from 'express';

/** The pattern of the route that took a request, as it is written in our code; undefined without one. */
export function patternOf(req: Pick<Request, 'baseUrl' | 'route'>): string | undefined {
  const pattern: unknown = req.route?.path;
  return typeof pattern === 'string' ? `${req.baseUrl}${pattern}` : undefined;
}
