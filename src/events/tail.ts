import type { Changed } from './changed.ts';
import type { EventType, StoredEvent } from './event.ts';

/** What a reader needs of the log. */
export interface EventLog {
  /** Events after `seq` in order of number, at most `limit`. */
  after(seq: bigint, limit: number): Promise<StoredEvent[]>;
}

const PAGE = 500;

/** Every event after `seq`, in order, without end. The reader's pace is the writer's pace. */
export async function* tail(
  log: EventLog,
  changed: Changed,
  seq: bigint,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent> {
  let last = seq;
  while (!signal.aborted) {
    const before = changed.count; // Taken before the read, so that no commit falls between.
    const page = await log.after(last, PAGE);
    for (const event of page) {
      if (signal.aborted) return;
      yield event;
      last = event.seq;
    }
    if (page.length < PAGE && changed.count === before) await changed.next(signal);
  }
}

/** The event as operators read it: one JSON object. `data` is copied as it was written. */
export function eventToJson(event: StoredEvent): string {
  const createdAt = new Date(event.createdAt).toISOString();
  const head = { seq: Number(event.seq), id: event.id, type: event.type, createdAt };
  return `${JSON.stringify(head).slice(0, -1)},"data":${event.data}}`;
}

/** true when the reader asked for this kind, or for every kind. */
export function wanted(types: ReadonlySet<EventType> | undefined, event: StoredEvent): boolean {
  return types === undefined || types.has(event.type);
}
