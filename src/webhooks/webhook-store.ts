import type { AuditEntry } from '../accounts/audit.ts';
import type { Receipt } from '../accounts/receipt.ts';
import type { Attempt, Delivery, Webhook, WebhookSecrets } from './webhook.ts';

/** A secret that was replaced, and how long is signed with the one before. */
export interface Rotation {
  readonly secret: string;
  readonly oldUntil: number;
}

/** What webhooks need of the store. Each method is one transaction. */
export interface WebhookStore {
  /** Throws AlreadyAnswered for the receipt. */
  add(webhook: Webhook, secret: string, audit: AuditEntry, receipt?: Receipt): Promise<void>;
  find(id: string): Promise<Webhook | undefined>;
  /** Newest first, those behind `after` only. */
  list(limit: number, after: string | undefined): Promise<Webhook[]>;
  /** All that are not deleted, paused ones included. */
  all(): Promise<Webhook[]>;
  secrets(id: string, now: number): Promise<WebhookSecrets | undefined>;
  /** Replaces what an operator may change, and takes a pause away. undefined: there is none such. */
  change(webhook: Webhook, audit: AuditEntry): Promise<Webhook | undefined>;
  rotate(id: string, rotation: Rotation, audit: AuditEntry, receipt?: Receipt): Promise<void>;
  remove(id: string, now: number, audit: AuditEntry): Promise<void>;
  /** Goes on behind this event, wherever it was. */
  moveTo(id: string, seq: bigint, audit: AuditEntry, receipt?: Receipt): Promise<void>;
  /** Goes on from `from`, if it is still there, without a delivery: nothing in between was of its kind. */
  skip(id: string, from: bigint, to: bigint): Promise<void>;
  /** An event arrived: the next one is behind it, if nobody moved the webhook meanwhile. */
  delivered(id: string, from: bigint, delivery: Delivery): Promise<void>;
  /** An event did not arrive. `pausedFor`: it is given up. */
  missed(
    id: string,
    from: bigint,
    delivery: Delivery,
    attempt: Attempt,
    pausedFor: string | undefined,
  ): Promise<void>;
  /** Newest first, those before event `after` only. */
  deliveries(id: string, limit: number, after: number | undefined): Promise<Delivery[]>;
  removeDeliveriesBefore(moment: number): Promise<void>;
}
