import type { ErrorRequestHandler, Response } from 'express';
import { RequestError, visible } from '../../errors.ts';
import type { Log } from '../../log.ts';

/** What a page of ours is told when something goes wrong, in the form of RFC 9457. */
export function refuseBrowser(log: Log): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (res.headersSent) return next(error);
    const { code, status } = visible(error);
    if (code === 'internal')
      log.error('a login failed because of a fault of ours', { code }, error);
    else if (status >= 500) log.warn('a login failed', { code });
    else log.debug('a login was refused', { code });
    answerProblem(res, error);
  };
}

function answerProblem(res: Response, error: unknown): void {
  const { code, status, title, message } = visible(error);
  const problem = { type: `/problems/${code}`, title, status, detail: message, code };
  res.status(status).type('application/problem+json').send(JSON.stringify(problem));
}

/** The browser has no session, or no login that could become one. */
export function notSignedIn(message: string): RequestError {
  return new RequestError('unauthorized', message);
}
