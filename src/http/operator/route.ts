import type { Answer } from './answer.ts';
import type { ReceiptOf } from './idempotency.ts';
import type { Caller } from './keys.ts';
import type { OperatorQuery } from './query.ts';
import type { Opening } from './scopes.ts';

/** An operator's request as the handlers see it: who asked is known, nothing of HTTP is left. */
export interface OperatorCall {
  readonly caller: Caller;
  /** Of the resource in the path; empty when the path names none. */
  readonly id: string;
  readonly query: OperatorQuery;
  /** The JSON body. Throws when it is something else. */
  readonly body: () => unknown;
  /** Given for a POST with an `Idempotency-Key`: what to write in the transaction of the work. */
  readonly receiptOf: ReceiptOf | undefined;
}

/** Answers an operator, or throws what the operator is told. */
export type OperatorHandler = (call: OperatorCall) => Promise<Answer>;

export type OperatorMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** One path of the API and what may be done there. */
export interface OperatorRoute {
  /** Path in Express's notation. */
  readonly path: string;
  /** What a key needs here. */
  readonly opening: Opening;
  readonly methods: Readonly<Partial<Record<OperatorMethod, OperatorHandler>>>;
}
