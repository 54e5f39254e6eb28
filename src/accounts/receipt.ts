/**
 * The first answer to an `Idempotency-Key`. It is written in the transaction of the work it answers
 * for, so that after a crash either both are there or neither.
 */
export interface Receipt {
  readonly apiKeyId: string;
  readonly key: string;
  /** SHA-256 of method, path and body: the same key with another request is refused. */
  readonly requestHash: string;
  readonly status: number;
  readonly body: string;
  readonly createdAt: number;
}

/** Thrown by the store when the key has its answer already; the work was rolled back. */
export class AlreadyAnswered extends Error {
  override readonly name = 'AlreadyAnswered';
}
