import type { AuditAction, AuditEntry, AuditTrail, StoredAuditEntry } from '../accounts/audit.ts';
import { Conditions } from './conditions.ts';
import type { Queries, Sql } from './sql.ts';

interface AuditRow {
  readonly seq: bigint;
  readonly actor: string;
  readonly action: AuditAction;
  readonly subject: string;
  readonly detail: string;
  readonly created_at: bigint;
}

/** Writes a line in the transaction of the change that it tells of. */
export async function appendAudit(tx: Queries, entry: AuditEntry): Promise<void> {
  const [head] = await tx.query<{ seq: bigint }>(
    'update audit_head set seq = seq + 1 where id = 1 returning seq',
  );
  if (!head) throw new Error('audit_head has no row');
  const { actor, action, subject, detail, createdAt } = entry;
  await tx.query(
    `insert into audit (seq, actor, action, subject, detail, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [head.seq, actor, action, subject, JSON.stringify(detail), createdAt],
  );
}

/** The trail of decisions in SQL; nothing here changes or removes a line. */
export class SqlAudit implements AuditTrail {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async list(limit: number, after: number | undefined): Promise<StoredAuditEntry[]> {
    const wanted = new Conditions().and('seq < ?', after);
    const rows = await this.#sql.query<AuditRow>(
      `select seq, actor, action, subject, detail, created_at from audit ${wanted.where}
        order by seq desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(({ created_at, seq, detail, ...row }) => ({
      ...row,
      seq: Number(seq),
      // Written by ourselves, so its shape is known.
      detail: JSON.parse(detail) as StoredAuditEntry['detail'],
      createdAt: Number(created_at),
    }));
  }
}
