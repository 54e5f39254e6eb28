import type { StoredEvent } from './event.ts';
import { eventToJson } from './tail.ts';

/** How soon a reader should come back after a cut. */
const RETRY_MS = 3_000;

/**
 * The first bytes of a stream. They carry the number that it starts behind, so that a reader who is
 * cut off before the first event misses nothing either.
 */
export function sseOpening(seq: bigint): string {
  return `: events follow\nretry: ${RETRY_MS}\nid: ${seq}\n\n`;
}

/** One event in the format of server-sent events: its number is the id to come back with. */
export function sseEvent(event: StoredEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${eventToJson(event)}\n\n`;
}

/** A line that readers skip and proxies count as life (FC-27). */
export const SSE_COMMENT = ':\n\n';
