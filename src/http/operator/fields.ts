import type { z } from 'zod';
import { type FieldError, RequestError } from '../../errors.ts';
import { pointerOf } from './pointer.ts';

/** Faults that one answer names; a body may hold many more. */
const FAULTS_MAX = 20;

/** The members of a body. Throws `invalid-request` with a pointer to each that is wrong. */
export function readFields<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalidFields(result.error.issues.flatMap(faultsOf));
}

/** Refuses a body for what is wrong in it. */
export function invalidFields(faults: readonly FieldError[]): RequestError {
  const fields = firstOfEach(faults).slice(0, FAULTS_MAX);
  const [first] = fields;
  const where = first?.pointer === '' ? 'The body' : first?.pointer.slice(1);
  return new RequestError('invalid-request', `${where} ${first?.detail}`, { fields });
}

/** What a schema says of a value that it refuses: that it is missing, or what it has to be. */
export function says(rule: string): { error: (issue: { input?: unknown }) => string } {
  return { error: ({ input }) => (input === undefined ? 'is missing' : rule) };
}

function faultsOf(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ pointer: pointerOf(issue.path), detail: issue.message }];
  }
  return issue.keys.map((name) => ({
    pointer: pointerOf([...issue.path, name]),
    detail: 'is no member of this resource',
  }));
}

/** One fault a place: what else is wrong there is often a consequence. */
function firstOfEach(faults: readonly FieldError[]): FieldError[] {
  const byPointer = new Map(faults.toReversed().map((fault) => [fault.pointer, fault]));
  return faults.filter((fault) => byPointer.get(fault.pointer) === fault);
}
