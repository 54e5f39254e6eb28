import type { ServerResponse } from 'node:http';
import { AppError, type FieldError, RequestError, visible } from '../../errors.ts';

/** What an operator is told: the status and the body as text. An empty text is no body at all. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A resource, a list, or whatever else was asked for. */
export function found(body: object): Answer {
  return { status: 200, text: JSON.stringify(body) };
}

/** A resource that was made just now. Its `id` is where it is found from now on. */
export function created(body: object): Answer {
  return { status: 201, text: JSON.stringify(body) };
}

/** Done, and there is nothing to say about it. */
export const DONE: Answer = { status: 204, text: '' };

/** A refusal by RFC 9457. */
interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly FieldError[];
}

/** RFC 9457: why an operator does not get what was asked for. Programs read `code`, never `detail`. */
export function refused(error: unknown, requestId: string): Answer {
  const { code, title, status, message, fields } = visible(asAppError(error));
  const problem: Problem = {
    type: `/problems/${code}`,
    title,
    status,
    detail: message,
    instance: `urn:request:${requestId}`,
    code,
    ...(fields.length > 0 && { errors: fields }),
  };
  return { status, text: JSON.stringify(problem) };
}

/** The framework's complaint about a request is the caller's mistake, not ours. */
export function asAppError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const status = typeof error === 'object' && error !== null && 'status' in error && error.status;
  if (status === 413) return new RequestError('request-too-large', 'The body is too large');
  if (status === 415) {
    return new RequestError('unsupported-media-type', 'The body must not be compressed');
  }
  if (status === 400) return new RequestError('invalid-request', 'The request is not understood');
  return error;
}

/** Writes an answer. Nothing in between may keep it: it is one operator's. */
export function send(res: ServerResponse, { status, text }: Answer): void {
  res.statusCode = status;
  res.setHeader('cache-control', 'no-store');
  if (status === 401) res.setHeader('www-authenticate', 'Bearer');
  if (text === '') return void res.end();
  const kind = status < 400 ? 'json' : 'problem+json';
  res.setHeader('content-type', `application/${kind}; charset=utf-8`);
  res.setHeader('content-length', Buffer.byteLength(text));
  res.end(text);
}
