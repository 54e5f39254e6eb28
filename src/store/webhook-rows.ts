import { EVENT_TYPES, type EventType } from '../events/event.ts';
import type { Attempt, Delivery, Webhook } from '../webhooks/webhook.ts';
import { numberOrUndefined, orUndefined } from './columns.ts';

/** A row of `webhooks`, without its secrets. */
export interface WebhookRow {
  readonly id: string;
  readonly url: string;
  readonly types: string | null;
  readonly label: string | null;
  readonly created_at: bigint;
  readonly disabled_at: bigint | null;
  readonly paused_at: bigint | null;
  readonly paused_for: string | null;
  readonly seq: bigint;
  readonly tried_since: bigint | null;
  readonly tries: bigint;
  readonly next_try_at: bigint | null;
}

export const WEBHOOK_COLUMNS = `id, url, types, label, created_at, disabled_at, paused_at, paused_for, seq,
  tried_since, tries, next_try_at`;

export function webhookFromRow(row: WebhookRow): Webhook {
  return {
    ...{ id: row.id, url: row.url, seq: row.seq, attempt: attemptFromRow(row) },
    types: row.types === null ? undefined : typesFromText(row.types),
    label: orUndefined(row.label),
    createdAt: Number(row.created_at),
    disabledAt: numberOrUndefined(row.disabled_at),
    pausedAt: numberOrUndefined(row.paused_at),
    pausedFor: orUndefined(row.paused_for),
  };
}

function attemptFromRow({ tried_since, tries, next_try_at }: WebhookRow): Attempt | undefined {
  if (tried_since === null || next_try_at === null) return undefined;
  return { since: Number(tried_since), tries: Number(tries), nextAt: Number(next_try_at) };
}

function typesFromText(text: string): EventType[] {
  const named = new Set(text.split(','));
  return EVENT_TYPES.filter((type) => named.has(type));
}

/** A row of `webhook_deliveries`. */
export interface DeliveryRow {
  readonly seq: bigint;
  readonly event_id: string;
  readonly type: EventType;
  readonly tries: bigint;
  readonly status: bigint | null;
  readonly error: string | null;
  readonly first_try_at: bigint;
  readonly last_try_at: bigint;
  readonly delivered_at: bigint | null;
}

export const DELIVERY_COLUMNS =
  'seq, event_id, type, tries, status, error, first_try_at, last_try_at, delivered_at';

export function deliveryFromRow(row: DeliveryRow): Delivery {
  return {
    ...{ seq: Number(row.seq), eventId: row.event_id, type: row.type, tries: Number(row.tries) },
    status: numberOrUndefined(row.status),
    error: orUndefined(row.error),
    firstTryAt: Number(row.first_try_at),
    lastTryAt: Number(row.last_try_at),
    deliveredAt: numberOrUndefined(row.delivered_at),
  };
}
