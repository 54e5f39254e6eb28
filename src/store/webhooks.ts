import type { AuditEntry } from '../accounts/audit.ts';
import type { Receipt } from '../accounts/receipt.ts';
import type { EventType } from '../events/event.ts';
import type { Random } from '../random.ts';
import { seal, unseal } from '../sealed.ts';
import type { Attempt, Delivery, Webhook, WebhookSecrets } from '../webhooks/webhook.ts';
import type { Rotation, WebhookStore } from '../webhooks/webhook-store.ts';
import { appendAudit } from './audit.ts';
import { orNull } from './columns.ts';
import { Conditions } from './conditions.ts';
import { addReceipt } from './receipts.ts';
import type { Queries, Sql } from './sql.ts';
import {
  DELIVERY_COLUMNS,
  type DeliveryRow,
  deliveryFromRow,
  WEBHOOK_COLUMNS,
  type WebhookRow,
  webhookFromRow,
} from './webhook-rows.ts';

interface Parts {
  readonly sql: Sql;
  /** With which their secrets are sealed. */
  readonly serverSecret: string;
  readonly random: Random;
}

/** Webhooks and what was sent to them, in SQL. Their secrets are sealed: the database has none. */
export class SqlWebhooks implements WebhookStore {
  readonly #sql: Sql;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#sql = parts.sql;
    this.#parts = parts;
  }

  async add(webhook: Webhook, secret: string, audit: AuditEntry, receipt?: Receipt): Promise<void> {
    const { id, url, types, label, createdAt, seq } = webhook;
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      await tx.query(
        `insert into webhooks (id, url, types, label, secret, created_at, seq)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [id, url, typesToText(types), orNull(label), this.#sealed(secret), createdAt, seq],
      );
      await appendAudit(tx, audit);
    });
  }

  async find(id: string): Promise<Webhook | undefined> {
    const [row] = await this.#sql.query<WebhookRow>(
      `select ${WEBHOOK_COLUMNS} from webhooks where id = $1 and deleted_at is null`,
      [id],
    );
    return row && webhookFromRow(row);
  }

  async list(limit: number, after: string | undefined): Promise<Webhook[]> {
    const wanted = new Conditions()
      .all('deleted_at is null')
      .and('(created_at, id) < (select p.created_at, p.id from webhooks p where p.id = ?)', after);
    const rows = await this.#sql.query<WebhookRow>(
      `select ${WEBHOOK_COLUMNS} from webhooks ${wanted.where}
        order by created_at desc, id desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(webhookFromRow);
  }

  async all(): Promise<Webhook[]> {
    const rows = await this.#sql.query<WebhookRow>(
      `select ${WEBHOOK_COLUMNS} from webhooks where deleted_at is null order by created_at, id`,
    );
    return rows.map(webhookFromRow);
  }

  async secrets(id: string, now: number): Promise<WebhookSecrets | undefined> {
    const [row] = await this.#sql.query<{ secret: string; old_secret: string | null }>(
      `select secret, case when old_secret_until > $2 then old_secret end as old_secret
         from webhooks where id = $1`,
      [id, now],
    );
    if (!row) return undefined;
    const { secret, old_secret: old } = row;
    return { current: this.#opened(secret), old: old === null ? undefined : this.#opened(old) };
  }

  async change(webhook: Webhook, audit: AuditEntry): Promise<Webhook | undefined> {
    const { id, url, types, label, disabledAt } = webhook;
    return await this.#sql.transaction(async (tx) => {
      const [row] = await tx.query<WebhookRow>(
        `update webhooks
            set url = $2, types = $3, label = $4, disabled_at = $5, paused_at = null,
                paused_for = null, tried_since = null, tries = 0, next_try_at = null
          where id = $1 and deleted_at is null
         returning ${WEBHOOK_COLUMNS}`,
        [id, url, typesToText(types), orNull(label), orNull(disabledAt)],
      );
      if (row) await appendAudit(tx, audit);
      return row && webhookFromRow(row);
    });
  }

  async rotate(
    id: string,
    { secret, oldUntil }: Rotation,
    audit: AuditEntry,
    receipt?: Receipt,
  ): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      await tx.query(
        'update webhooks set old_secret = secret, old_secret_until = $3, secret = $2 where id = $1',
        [id, this.#sealed(secret), oldUntil],
      );
      await appendAudit(tx, audit);
    });
  }

  async remove(id: string, now: number, audit: AuditEntry): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      await tx.query('update webhooks set deleted_at = $2 where id = $1', [id, now]);
      await appendAudit(tx, audit);
    });
  }

  async moveTo(id: string, seq: bigint, audit: AuditEntry, receipt?: Receipt): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      await tx.query(
        `update webhooks set seq = $2, tried_since = null, tries = 0, next_try_at = null
          where id = $1`,
        [id, seq],
      );
      await appendAudit(tx, audit);
    });
  }

  async skip(id: string, from: bigint, to: bigint): Promise<void> {
    await this.#sql.query('update webhooks set seq = $3 where id = $1 and seq = $2', [
      id,
      from,
      to,
    ]);
  }

  async delivered(id: string, from: bigint, delivery: Delivery): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      await putDelivery(tx, id, delivery);
      await tx.query(
        `update webhooks set seq = $3, tried_since = null, tries = 0, next_try_at = null
          where id = $1 and seq = $2`,
        [id, from, delivery.seq],
      );
    });
  }

  async missed(
    id: string,
    from: bigint,
    delivery: Delivery,
    { since, tries, nextAt }: Attempt,
    pausedFor: string | undefined,
  ): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      await putDelivery(tx, id, delivery);
      await tx.query(
        `update webhooks
            set tried_since = $3, tries = $4, next_try_at = $5,
                paused_at = case when $6 is null then paused_at else $7 end, paused_for = $6
          where id = $1 and seq = $2`,
        [id, from, since, tries, nextAt, orNull(pausedFor), delivery.lastTryAt],
      );
    });
  }

  async deliveries(id: string, limit: number, after: number | undefined): Promise<Delivery[]> {
    const wanted = new Conditions().and('webhook_id = ?', id).and('seq < ?', after);
    const rows = await this.#sql.query<DeliveryRow>(
      `select ${DELIVERY_COLUMNS} from webhook_deliveries ${wanted.where}
        order by seq desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(deliveryFromRow);
  }

  async removeDeliveriesBefore(moment: number): Promise<void> {
    await this.#sql.query('delete from webhook_deliveries where last_try_at < $1', [moment]);
  }

  #sealed(secret: string): string {
    const { serverSecret, random } = this.#parts;
    return seal(secret, serverSecret, 'webhook', random);
  }

  #opened(sealed: string): string {
    const secret = unseal(sealed, this.#parts.serverSecret, 'webhook');
    if (secret === undefined)
      throw new Error('the secret of a webhook was sealed with another key');
    return secret;
  }
}

function typesToText(types: readonly EventType[] | undefined): string | null {
  return types === undefined ? null : types.join();
}

async function putDelivery(tx: Queries, id: string, delivery: Delivery): Promise<void> {
  const { seq, eventId, type, tries, status, error, firstTryAt, lastTryAt, deliveredAt } = delivery;
  await tx.query(
    `insert into webhook_deliveries
            (webhook_id, seq, event_id, type, tries, status, error, first_try_at, last_try_at,
             delivered_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (webhook_id, seq) do update
        set tries = excluded.tries, status = excluded.status, error = excluded.error,
            first_try_at = excluded.first_try_at, last_try_at = excluded.last_try_at,
            delivered_at = excluded.delivered_at`,
    [
      ...[id, seq, eventId, type, tries, orNull(status), orNull(error)],
      ...[firstTryAt, lastTryAt, orNull(deliveredAt)],
    ],
  );
}
