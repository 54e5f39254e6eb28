import type { z } from 'zod';
import type { ErrorCode } from '../../errors.ts';
import type { Answer } from './answer.ts';
import { readFields } from './fields.ts';
import type { ReceiptOf } from './idempotency.ts';
import type { Caller } from './keys.ts';
import type { QueryParameter } from './parameters.ts';
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

export const OPERATOR_METHODS = ['GET', 'POST', 'PATCH', 'DELETE'] as const;
export type OperatorMethod = (typeof OPERATOR_METHODS)[number];

/** What may be done with one method at one path, as the API's document says it. */
export interface ActionDescription {
  /** One sentence for the reader of the document. */
  readonly summary: string;
  readonly query?: readonly QueryParameter[];
  readonly body?: z.ZodType;
  /** For each status of a good answer its bodies by media type; none for an answer without one. */
  readonly answers: Readonly<Record<number, Readonly<Record<string, z.ZodType>>>>;
  /** Refusals of its own, beside those that every action of its form has. */
  readonly refusals?: readonly ErrorCode[];
}

/** What is done, beside what is said of it. */
export interface OperatorAction extends ActionDescription {
  readonly handle: OperatorHandler;
}

/** One path and what the document says of it. */
export interface DescribedPath {
  /** Path in Express's notation. */
  readonly path: string;
  /** What a key needs here; undefined where nobody is asked for one. */
  readonly opening: Opening | undefined;
  readonly methods: Readonly<Partial<Record<OperatorMethod, ActionDescription>>>;
}

/** One path of the API and what may be done there. */
export interface OperatorRoute extends DescribedPath {
  readonly opening: Opening;
  readonly methods: Readonly<Partial<Record<OperatorMethod, OperatorAction>>>;
}

/** A call whose body has these members. */
export type CallWith<Schema extends z.ZodType> = OperatorCall & {
  /** Reads the body. Throws `invalid-request` with a pointer to each member that is wrong. */
  readonly fields: () => z.infer<Schema>;
};

/** An action with a body: it is read by the very schema that the document shows. */
export function reads<Fields>(
  body: z.ZodType<Fields>,
  handle: (call: CallWith<z.ZodType<Fields>>) => Promise<Answer>,
): Pick<OperatorAction, 'body' | 'handle'> {
  return {
    body,
    handle: async (call) => await handle({ ...call, fields: () => readFields(body, call.body()) }),
  };
}

/** The bodies of an answer in JSON. */
export function json<Schema extends z.ZodType>(schema: Schema): Readonly<Record<string, Schema>> {
  return { 'application/json': schema };
}
