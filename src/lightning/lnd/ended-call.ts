import type { Clock } from '../../clock.ts';
import type { Rpc } from './rpcs.ts';
import { type FailureKind, kindOf, LndFailure } from './status.ts';

/** A call to LND that has ended. */
export interface EndedCall {
  /** The name of the RPC. */
  readonly method: string;
  /** `ok`, or who ended it; `internal` for a fault of ours. */
  readonly outcome: 'ok' | FailureKind | 'internal';
  /** undefined for calls that go on as long as what they tell of. */
  readonly durationMs: number | undefined;
}

export type OnCall = (call: EndedCall) => void;

/** Begins to measure a call. What is returned tells of its end, the first time that it is called. */
export function beginCall(
  { path, deadlineMs }: Rpc,
  clock: Clock,
  onCall: OnCall | undefined,
): (error?: unknown) => void {
  const startedAt = clock.now();
  let isOver = false;
  return (error) => {
    if (isOver) return;
    isOver = true;
    onCall?.({
      method: path.slice(path.lastIndexOf('/') + 1),
      outcome: outcomeOf(error),
      durationMs: deadlineMs === undefined ? undefined : clock.now() - startedAt,
    });
  };
}

function outcomeOf(error: unknown): EndedCall['outcome'] {
  if (error === undefined) return 'ok';
  return error instanceof LndFailure ? kindOf(error) : 'internal';
}
