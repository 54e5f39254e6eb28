import type { Request, RequestHandler, Response, Router } from 'express';
import { RequestError } from '../../errors.ts';
import { type Answer, send } from './answer.ts';
import { bodyReader, bytesOf, readJson } from './body.ts';
import type { Idempotency } from './idempotency.ts';
import type { Caller } from './keys.ts';
import type { OperatorLocals } from './outcome.ts';
import { OperatorQuery } from './query.ts';
import type { OperatorAction, OperatorCall, OperatorRoute } from './route.ts';
import { assertMay, type Opening } from './scopes.ts';

/** What is known of a request once its key was seen to be right. */
export interface AdmittedLocals extends OperatorLocals {
  caller: Caller;
}

type Params = Readonly<Record<string, string | string[] | undefined>>;
type Handler = RequestHandler<Params, unknown, unknown, unknown, AdmittedLocals>;

/** Puts each route into the router, and a refusal that names the right methods behind it. */
export function mountRoutes(
  router: Router,
  routes: readonly OperatorRoute[],
  idempotency: Idempotency,
): void {
  const readBody = bodyReader();
  for (const { path, methods, opening } of routes) {
    router.all(path, opensFor(opening));
    const { GET, POST, PATCH, DELETE } = methods;
    if (GET) router.get(path, answers(GET));
    if (POST) router.post(path, readBody, answersOnce(POST, idempotency));
    if (PATCH) router.patch(path, readBody, answers(PATCH));
    if (DELETE) router.delete(path, answers(DELETE));
    router.all(path, refusesMethod(allowedBy(methods)));
  }
}

/** Lets in whose key opens this, and says to the others what it lacks. */
export function opensFor(opening: Opening): Handler {
  return (req, res, next) => {
    assertMay(res.locals.caller, opening, req.method);
    next();
  };
}

/** The framework answers HEAD wherever it answers GET. */
function allowedBy(methods: OperatorRoute['methods']): string {
  const names = Object.keys(methods);
  return names.map((name) => (name === 'GET' ? 'GET, HEAD' : name)).join(', ');
}

/** Refuses what may not be done at a path, and says what may. */
export function refusesMethod(allowed: string): RequestHandler {
  return (_req, res) => {
    res.setHeader('allow', allowed);
    throw new RequestError('method-not-allowed', `Here is only ${allowed}`);
  };
}

function answers({ handle }: OperatorAction): Handler {
  return async (req, res) => send(res, await handle(callOf(req, res)));
}

/** FC-31: what a POST does is done once for each `Idempotency-Key`. */
function answersOnce({ handle }: OperatorAction, idempotency: Idempotency): Handler {
  return async (req, res) => {
    const call = callOf(req, res);
    const path = `${req.baseUrl}${req.path}`;
    const { answer, replayed } = await idempotency.once(
      {
        caller: call.caller,
        key: req.get('idempotency-key'),
        path,
        body: bytesOf(req),
        requestId: res.locals.requestId,
      },
      async (receiptOf) => await handle({ ...call, receiptOf }),
    );
    if (replayed) res.setHeader('idempotency-replayed', 'true');
    const id = idOf(answer);
    if (id !== undefined) res.setHeader('location', `${path}/${id}`);
    send(res, answer);
  };
}

function callOf(
  req: Pick<Request<Params>, 'params' | 'url' | 'headers' | 'body'>,
  res: Response<unknown, AdmittedLocals>,
): OperatorCall {
  const { id } = req.params;
  return {
    caller: res.locals.caller,
    id: typeof id === 'string' ? id : '',
    query: new OperatorQuery(req.url),
    body: () => readJson(bytesOf(req), req.headers['content-type']),
    receiptOf: undefined,
  };
}

/** Of a resource that was made; a ticket, for one, has none. */
function idOf({ status, text }: Answer): string | undefined {
  if (status !== 201) return undefined;
  const body: unknown = JSON.parse(text);
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : undefined;
  return typeof id === 'string' ? id : undefined;
}
