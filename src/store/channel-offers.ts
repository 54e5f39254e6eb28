import type { ChannelOffer, PrivateRule } from '../accounts/channel-offer.ts';
import type { ChannelOfferStore } from '../accounts/channel-offers.ts';
import type { Receipt } from '../accounts/receipt.ts';
import type { NewEvent } from '../events/event.ts';
import { numberOrUndefined, orNull, orUndefined, places } from './columns.ts';
import { Conditions } from './conditions.ts';
import { appendEvents } from './event-log.ts';
import { addReceipt } from './receipts.ts';
import type { Sql, SqlValue } from './sql.ts';

interface ChannelOfferRow {
  readonly id: string;
  readonly revision: bigint;
  readonly capacity_sat: bigint;
  readonly push_sat: bigint;
  readonly private: PrivateRule;
  readonly sat_per_vbyte: bigint | null;
  readonly uses: bigint;
  readonly uses_taken: bigint;
  readonly uses_spent: bigint;
  readonly label: string | null;
  readonly valid_from: bigint | null;
  readonly expires_at: bigint | null;
  readonly created_at: bigint;
  readonly disabled_at: bigint | null;
}

const COLUMNS = `id, revision, capacity_sat, push_sat, private, sat_per_vbyte, uses, uses_taken,
  uses_spent, label, valid_from, expires_at, created_at, disabled_at`;

/** Channel offers in SQL. What was taken of them is counted beside the channels. */
export class SqlChannelOffers implements ChannelOfferStore {
  readonly #sql: Sql;
  readonly #changed: () => void;

  constructor(sql: Sql, changed: () => void) {
    this.#sql = sql;
    this.#changed = changed;
  }

  async add(
    offer: ChannelOffer,
    tokenHash: string,
    event: NewEvent,
    receipt?: Receipt,
  ): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      await tx.query(
        `insert into channel_offers
                (id, revision, capacity_sat, push_sat, private, sat_per_vbyte, uses, valid_from,
                 expires_at, label, created_at, token_hash)
         values (${places(1, 12)})`,
        [offer.id, offer.revision, ...termsToRow(offer), offer.createdAt, tokenHash],
      );
      await appendEvents(tx, [event]);
    });
    this.#changed();
  }

  async change(offer: ChannelOffer, before: ChannelOffer, event: NewEvent): Promise<boolean> {
    const done = await this.#sql.transaction(async (tx) => {
      const rows = await tx.query(
        `update channel_offers
            set revision = $3, capacity_sat = $4, push_sat = $5, private = $6, sat_per_vbyte = $7,
                uses = $8, valid_from = $9, expires_at = $10, label = $11, disabled_at = $12
          where id = $1 and revision = $2 and deleted_at is null and uses_taken <= $8
         returning id`,
        [offer.id, before.revision, offer.revision, ...termsToRow(offer), orNull(offer.disabledAt)],
      );
      if (rows.length > 0) await appendEvents(tx, [event]);
      return rows.length > 0;
    });
    if (done) this.#changed();
    return done;
  }

  async remove(id: string, now: number, event: NewEvent): Promise<boolean> {
    const done = await this.#sql.transaction(async (tx) => {
      const rows = await tx.query(
        `update channel_offers set deleted_at = $2
          where id = $1 and deleted_at is null
         returning id`,
        [id, now],
      );
      if (rows.length > 0) await appendEvents(tx, [event]);
      return rows.length > 0;
    });
    if (done) this.#changed();
    return done;
  }

  async find(id: string): Promise<ChannelOffer | undefined> {
    return await this.#one('id = $1', id);
  }

  async findByToken(tokenHash: string): Promise<ChannelOffer | undefined> {
    return await this.#one('token_hash = $1', tokenHash);
  }

  async list(limit: number, after: string | undefined): Promise<ChannelOffer[]> {
    const wanted = new Conditions()
      .all('deleted_at is null')
      .and(
        '(created_at, id) < (select p.created_at, p.id from channel_offers p where p.id = ?)',
        after,
      );
    const rows = await this.#sql.query<ChannelOfferRow>(
      `select ${COLUMNS} from channel_offers ${wanted.where}
        order by created_at desc, id desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(channelOfferFromRow);
  }

  async #one(condition: string, value: string): Promise<ChannelOffer | undefined> {
    const [row] = await this.#sql.query<ChannelOfferRow>(
      `select ${COLUMNS} from channel_offers where ${condition} and deleted_at is null`,
      [value],
    );
    return row && channelOfferFromRow(row);
  }
}

function termsToRow(offer: ChannelOffer): SqlValue[] {
  return [
    offer.capacitySat,
    offer.pushSat,
    offer.private,
    orNull(offer.satPerVbyte),
    offer.uses,
    orNull(offer.validFrom),
    orNull(offer.expiresAt),
    orNull(offer.label),
  ];
}

function channelOfferFromRow(row: ChannelOfferRow): ChannelOffer {
  return {
    id: row.id,
    revision: Number(row.revision),
    capacitySat: Number(row.capacity_sat),
    pushSat: Number(row.push_sat),
    private: row.private,
    satPerVbyte: numberOrUndefined(row.sat_per_vbyte),
    uses: Number(row.uses),
    usesTaken: Number(row.uses_taken),
    usesSpent: Number(row.uses_spent),
    label: orUndefined(row.label),
    validFrom: numberOrUndefined(row.valid_from),
    expiresAt: numberOrUndefined(row.expires_at),
    createdAt: Number(row.created_at),
    disabledAt: numberOrUndefined(row.disabled_at),
  };
}
