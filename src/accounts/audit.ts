/** What an operator decided by hand, where money or the rules of it were touched. */
export const AUDIT_ACTIONS = [
  'account.created',
  'account.changed',
  'transfer.made',
  'withdrawal.resolved',
  'channel.resolved',
  'key.created',
  'key.revoked',
  'webhook.created',
  'webhook.changed',
  'webhook.rotated',
  'webhook.replayed',
  'webhook.removed',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** A line of the trail: who decided what, of which thing, and when. Written with what it tells of. */
export interface AuditEntry {
  /** Id of the API key. */
  readonly actor: string;
  readonly action: AuditAction;
  /** Id of the account, transfer, withdrawal or channel. */
  readonly subject: string;
  /** What was decided, as it goes into JSON. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  readonly createdAt: number;
}

/** A line with its number: they count from 1, without a gap. */
export interface StoredAuditEntry extends AuditEntry {
  readonly seq: number;
}

/** The trail for its readers. */
export interface AuditTrail {
  /** Newest first, those before number `after` only. */
  list(limit: number, after: number | undefined): Promise<StoredAuditEntry[]>;
}
