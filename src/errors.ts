interface Entry {
  readonly status: number;
  readonly title: string;
}

/** Every failure that the outside world can see, with its HTTP status (admin API) and its title. */
const catalogue = {
  'invalid-request': { status: 400, title: 'Request is invalid' },
  'amount-out-of-range': { status: 400, title: 'Amount is out of range' },
  'comment-too-long': { status: 400, title: 'Comment is too long' },
  'payer-data-missing': { status: 400, title: 'Payer data is missing' },
  'invoice-unacceptable': { status: 400, title: 'Invoice is not acceptable' },
  'signature-invalid': { status: 400, title: 'Signature is invalid' },
  unauthorized: { status: 401, title: 'API key is missing or wrong' },
  forbidden: { status: 403, title: 'API key may not do this' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method is not allowed' },
  'name-taken': { status: 409, title: 'Name is taken' },
  'k1-used': { status: 409, title: 'Challenge was already used' },
  'balance-too-low': { status: 409, title: 'Balance is too low' },
  'already-decided': { status: 409, title: 'Nothing is left to decide' },
  'link-spent': { status: 409, title: 'Link is spent' },
  'k1-expired': { status: 410, title: 'Challenge has expired' },
  'request-too-large': { status: 413, title: 'Request is too large' },
  'unsupported-media-type': { status: 415, title: 'Media type is not supported' },
  'idempotency-conflict': { status: 422, title: 'Idempotency key was used for another request' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'node-rejected': { status: 502, title: 'Lightning node refused' },
  'node-unavailable': { status: 503, title: 'Lightning node is unavailable' },
  'liquidity-missing': { status: 503, title: 'Liquidity is missing' },
  'store-unavailable': { status: 503, title: 'Store is unavailable' },
  'node-timeout': { status: 504, title: 'Lightning node did not answer in time' },
  internal: { status: 500, title: 'Internal error' },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof catalogue;

/** What is wrong with one field of a request; `pointer` is a JSON pointer (RFC 6901). */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

interface AppErrorOptions extends ErrorOptions {
  readonly fields?: readonly FieldError[];
}

/** The base of all expected failures. Its message is written for the caller and may be shown. */
export class AppError extends Error {
  override readonly name: string = 'AppError';
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.fields = options.fields ?? [];
  }
}

/** The caller can mend it: wrong input, wrong state, wrong key. */
export class RequestError extends AppError {
  override readonly name = 'RequestError';
}

/** The Lightning node could not do it; the operator of the node, or time, mends it. */
export class NodeError extends AppError {
  override readonly name = 'NodeError';
}

/** The database could not do it; its operator mends it. */
export class StoreError extends AppError {
  override readonly name = 'StoreError';
}

/** What may be shown of an error. An unexpected one says nothing of its cause. */
export interface VisibleError extends Entry {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fields: readonly FieldError[];
}

export function visible(error: unknown): VisibleError {
  const known = error instanceof AppError ? error : INTERNAL;
  return {
    code: known.code,
    message: known.message,
    fields: known.fields,
    ...catalogue[known.code],
  };
}

const INTERNAL = new AppError('internal', 'Something went wrong on our side, try again later');
