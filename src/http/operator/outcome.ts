import type { Request, Response } from 'express';
import { visible } from '../../errors.ts';
import type { Log, LogFields } from '../../log.ts';
import { patternOf } from '../route-pattern.ts';
import { asAppError } from './answer.ts';

/** What is known of a request while it is answered. */
export interface OperatorLocals {
  requestId: string;
  /** Why it was refused, if it was. */
  failure?: unknown;
}

type Asked = Pick<Request, 'method' | 'baseUrl' | 'route'>;

/** One line an outcome: the pattern of the route, never the path, the query, a body or a key. */
export function tellOutcome(log: Log, req: Asked, res: Response<unknown, OperatorLocals>): void {
  const { requestId, failure } = res.locals;
  const route = patternOf(req);
  const fields = { requestId, method: req.method, route, status: res.statusCode };
  if (failure === undefined) log.info('an operator was answered', fields);
  else tellRefusal(log, fields, failure);
}

function tellRefusal(log: Log, fields: LogFields, failure: unknown): void {
  const { code, status } = visible(asAppError(failure));
  const told = { ...fields, code };
  if (code === 'internal') {
    log.error('an operator was refused because of a fault of ours', told, failure);
  } else if (status >= 500) log.warn('an operator was refused', told);
  else log.debug('an operator was refused', told);
}
