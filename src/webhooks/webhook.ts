import type { EventType } from '../events/event.ts';

/** A receiver of events. Times are milliseconds since 1970. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** undefined: every kind. */
  readonly types: readonly EventType[] | undefined;
  readonly label: string | undefined;
  readonly createdAt: number;
  readonly disabledAt: number | undefined;
  /** When it was given up because nothing arrived for days, and why. */
  readonly pausedAt: number | undefined;
  readonly pausedFor: string | undefined;
  /** Number of the last event that it took, or that was none of its kind. */
  readonly seq: bigint;
  readonly attempt: Attempt | undefined;
}

/** How it goes with the event that a receiver has not taken yet. */
export interface Attempt {
  readonly since: number;
  readonly tries: number;
  readonly nextAt: number;
}

/** What a delivery is signed with. */
export interface WebhookSecrets {
  readonly current: string;
  /** The one before, until its time is over. */
  readonly old: string | undefined;
}

/** What was sent of one event, and what came back. */
export interface Delivery {
  /** Number of the event. */
  readonly seq: number;
  readonly eventId: string;
  readonly type: EventType;
  readonly tries: number;
  /** undefined: nobody answered. */
  readonly status: number | undefined;
  /** Why it did not arrive. */
  readonly error: string | undefined;
  readonly firstTryAt: number;
  readonly lastTryAt: number;
  readonly deliveredAt: number | undefined;
}

/** Whether events go there now. */
export function isOpen({ disabledAt, pausedAt }: Webhook): boolean {
  return disabledAt === undefined && pausedAt === undefined;
}
