import type { PayLink } from '../accounts/pay-link.ts';
import type { PayLinkFilter, PayLinkStore } from '../accounts/pay-links.ts';
import type { Receipt } from '../accounts/receipt.ts';
import { RequestError } from '../errors.ts';
import type { NewEvent } from '../events/event.ts';
import type { MetadataImage } from '../lnurl/pay/metadata.ts';
import type { SuccessAction } from '../lnurl/pay/success-action.ts';
import { msat } from '../msat.ts';
import { TREASURY } from '../payments/ledger.ts';
import { numberOrUndefined, orNull, orUndefined, places } from './columns.ts';
import { Conditions } from './conditions.ts';
import { appendEvents } from './event-log.ts';
import { addReceipt } from './receipts.ts';
import { type Queries, type Sql, UniqueViolation } from './sql.ts';

interface PayLinkRow {
  readonly id: string;
  readonly revision: bigint;
  readonly version: bigint;
  readonly min_msat: bigint;
  readonly max_msat: bigint;
  readonly comment_allowed: bigint;
  readonly success_action: string | null;
  readonly one_time: bigint;
  readonly invoice_expiry_seconds: bigint;
  readonly valid_from: bigint | null;
  readonly expires_at: bigint | null;
  readonly label: string | null;
  readonly account_id: string | null;
  readonly created_at: bigint;
  readonly disabled_at: bigint | null;
  readonly paid_at: bigint | null;
  readonly description: string;
  readonly long_description: string | null;
  readonly image: string | null;
  readonly metadata: string;
  readonly domain: string | null;
  readonly name: string | null;
}

const SELECT = `
  select l.id, l.revision, l.version, l.min_msat, l.max_msat, l.comment_allowed, l.success_action, l.one_time,
         l.invoice_expiry_seconds, l.valid_from, l.expires_at, l.label, l.account_id, l.created_at,
         l.disabled_at, l.paid_at, v.description, v.long_description, v.image, v.metadata, a.domain, a.name
    from pay_links l
    join pay_link_versions v on v.pay_link_id = l.id and v.version = l.version
    left join addresses a on a.pay_link_id = l.id`;

/** Pay links and addresses in SQL. */
export class SqlPayLinks implements PayLinkStore {
  readonly #sql: Sql;
  readonly #changed: () => void;

  constructor(sql: Sql, changed: () => void) {
    this.#sql = sql;
    this.#changed = changed;
  }

  async add(link: PayLink, tokenHash: string, event: NewEvent, receipt?: Receipt): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      await insertLink(tx, link, tokenHash);
      await insertVersion(tx, link, link.createdAt);
      if (link.address) await insertAddress(tx, link.id, link.address);
      await appendEvents(tx, [event]);
    });
    this.#changed();
  }

  async change(link: PayLink, before: PayLink, event: NewEvent): Promise<boolean> {
    const done = await this.#sql.transaction(async (tx) => {
      const rows = await tx.query(
        `update pay_links
            set version = $3, min_msat = $4, max_msat = $5, comment_allowed = $6,
                success_action = $7, one_time = $8, invoice_expiry_seconds = $9, valid_from = $10,
                expires_at = $11, label = $12, account_id = $13, disabled_at = $14, revision = $15
          where id = $1 and revision = $2 and deleted_at is null
         returning id`,
        [
          link.id,
          before.revision,
          link.version,
          ...termsToRow(link),
          orNull(link.disabledAt),
          link.revision,
        ],
      );
      if (rows.length === 0) return false;
      if (link.version !== before.version) await insertVersion(tx, link, event.createdAt);
      await appendEvents(tx, [event]);
      return true;
    });
    if (done) this.#changed();
    return done;
  }

  async remove(id: string, now: number, event: NewEvent): Promise<boolean> {
    const done = await this.#sql.transaction(async (tx) => {
      const rows = await tx.query(
        'update pay_links set deleted_at = $2 where id = $1 and deleted_at is null returning id',
        [id, now],
      );
      if (rows.length === 0) return false;
      await tx.query('delete from addresses where pay_link_id = $1', [id]);
      await appendEvents(tx, [event]);
      return true;
    });
    if (done) this.#changed();
    return done;
  }

  async find(id: string): Promise<PayLink | undefined> {
    return await this.#one(`${SELECT} where l.deleted_at is null and l.id = $1`, [id]);
  }

  async findByToken(tokenHash: string): Promise<PayLink | undefined> {
    return await this.#one(`${SELECT} where l.deleted_at is null and l.token_hash = $1`, [
      tokenHash,
    ]);
  }

  async accountOf(id: string): Promise<string | undefined> {
    const [row] = await this.#sql.query<{ account_id: string | null }>(
      'select account_id from pay_links where id = $1',
      [id],
    );
    return row && (row.account_id ?? TREASURY);
  }

  async findByAddress(name: string, domains: readonly string[]): Promise<PayLink[]> {
    const rows = await this.#sql.query<PayLinkRow>(
      `${SELECT} where l.deleted_at is null and a.name = $1 and a.domain in (${places(2, domains.length)}) limit 2`,
      [name, ...domains],
    );
    return rows.map(payLinkFromRow);
  }

  async metadataOf(id: string, version: number): Promise<string | undefined> {
    const [row] = await this.#sql.query<{ metadata: string }>(
      'select metadata from pay_link_versions where pay_link_id = $1 and version = $2',
      [id, version],
    );
    return row?.metadata;
  }

  async list(
    { kind, accountId }: PayLinkFilter,
    limit: number,
    after: string | undefined,
  ): Promise<PayLink[]> {
    const wanted = new Conditions()
      .all('l.deleted_at is null')
      .all(kind === 'addresses' ? 'a.name is not null' : 'a.name is null')
      .and('l.account_id = ?', accountId)
      .and(
        '(l.created_at, l.id) < (select p.created_at, p.id from pay_links p where p.id = ?)',
        after,
      );
    const text = `${SELECT} ${wanted.where}
                   order by l.created_at desc, l.id desc limit ${wanted.place(limit)}`;
    const rows = await this.#sql.query<PayLinkRow>(text, wanted.values);
    return rows.map(payLinkFromRow);
  }

  async #one(text: string, values: readonly string[]): Promise<PayLink | undefined> {
    const [row] = await this.#sql.query<PayLinkRow>(text, values);
    return row && payLinkFromRow(row);
  }
}

async function insertLink(tx: Queries, link: PayLink, tokenHash: string): Promise<void> {
  await tx.query(
    `insert into pay_links
            (id, version, min_msat, max_msat, comment_allowed, success_action, one_time,
             invoice_expiry_seconds, valid_from, expires_at, label, account_id, created_at, token_hash,
             revision)
     values (${places(1, 15)})`,
    [link.id, link.version, ...termsToRow(link), link.createdAt, tokenHash, link.revision],
  );
}

async function insertVersion(tx: Queries, link: PayLink, now: number): Promise<void> {
  await tx.query(
    `insert into pay_link_versions
            (pay_link_id, version, description, long_description, image, metadata, created_at)
     values (${places(1, 7)})`,
    [
      link.id,
      link.version,
      link.description,
      orNull(link.longDescription),
      link.image ? JSON.stringify(link.image) : null,
      link.metadata,
      now,
    ],
  );
}

async function insertAddress(
  tx: Queries,
  linkId: string,
  { name, domain }: { name: string; domain: string },
): Promise<void> {
  try {
    await tx.query('insert into addresses (domain, name, pay_link_id) values ($1, $2, $3)', [
      domain,
      name,
      linkId,
    ]);
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    const fields = [{ pointer: '/name', detail: 'is taken on this domain' }];
    throw new RequestError('name-taken', 'This address exists already', { fields });
  }
}

function termsToRow(link: PayLink): (string | bigint | number | null)[] {
  return [
    link.min,
    link.max,
    link.commentAllowed,
    link.successAction ? JSON.stringify(link.successAction) : null,
    link.oneTime ? 1 : 0,
    link.invoiceExpirySeconds,
    orNull(link.validFrom),
    orNull(link.expiresAt),
    orNull(link.label),
    link.accountId,
  ];
}

function payLinkFromRow(row: PayLinkRow): PayLink {
  const { name, domain } = row;
  return {
    id: row.id,
    revision: Number(row.revision),
    version: Number(row.version),
    min: msat(row.min_msat),
    max: msat(row.max_msat),
    commentAllowed: Number(row.comment_allowed),
    // Written by ourselves after a check, so its shape is known.
    successAction: row.success_action
      ? (JSON.parse(row.success_action) as SuccessAction)
      : undefined,
    oneTime: row.one_time === 1n,
    invoiceExpirySeconds: Number(row.invoice_expiry_seconds),
    validFrom: numberOrUndefined(row.valid_from),
    expiresAt: numberOrUndefined(row.expires_at),
    label: orUndefined(row.label),
    accountId: row.account_id ?? TREASURY,
    createdAt: Number(row.created_at),
    disabledAt: numberOrUndefined(row.disabled_at),
    paidAt: numberOrUndefined(row.paid_at),
    description: row.description,
    longDescription: orUndefined(row.long_description),
    image: row.image ? (JSON.parse(row.image) as MetadataImage) : undefined,
    metadata: row.metadata,
    address: name !== null && domain !== null ? { name, domain } : undefined,
  };
}
