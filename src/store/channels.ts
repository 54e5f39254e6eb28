import type { AuditEntry } from '../accounts/audit.ts';
import type { HeldChannelStore } from '../accounts/held-channels.ts';
import type { Receipt } from '../accounts/receipt.ts';
import { RequestError } from '../errors.ts';
import type { NewEvent } from '../events/event.ts';
import type { K1, NodeKey } from '../hex.ts';
import {
  type Channel,
  type ChannelHeldReason,
  type ChannelState,
  channelSourcesOf,
} from '../payments/channel.ts';
import type { ChannelEnd, ChannelOpenerStore } from '../payments/channel-opener.ts';
import type { ChannelFilter, ChannelRequestStore } from '../payments/channels.ts';
import type { ClaimLimits } from '../payments/withdrawals.ts';
import { appendAudit } from './audit.ts';
import { closeSingle, settleUse, takeUse } from './channel-uses.ts';
import { numberOrUndefined, orNull, orUndefined, places } from './columns.ts';
import { Conditions } from './conditions.ts';
import { appendEvents } from './event-log.ts';
import { addReceipt } from './receipts.ts';
import type { Queries, Sql, SqlValue } from './sql.ts';

interface ChannelRow {
  readonly id: string;
  readonly channel_offer_id: string;
  readonly k1: K1;
  readonly node_key: NodeKey | null;
  readonly capacity_sat: bigint;
  readonly push_sat: bigint;
  readonly private: bigint;
  readonly sat_per_vbyte: bigint | null;
  readonly state: ChannelState;
  readonly funding_outpoint: string | null;
  readonly reason: string | null;
  readonly ambiguous_at: bigint | null;
  readonly created_at: bigint;
  readonly ended_at: bigint | null;
}

const COLUMNS = `id, channel_offer_id, k1, node_key, capacity_sat, push_sat, private, sat_per_vbyte,
  state, funding_outpoint, reason, ambiguous_at, created_at, ended_at`;

/** Requests for channels in SQL. Every move is a compare-and-set: no row back means to be late. */
export class SqlChannels implements ChannelRequestStore, ChannelOpenerStore, HeldChannelStore {
  readonly #sql: Sql;
  readonly #changed: () => void;

  constructor(sql: Sql, changed: () => void) {
    this.#sql = sql;
    this.#changed = changed;
  }

  async request(channel: Channel, limits: ClaimLimits, event: NewEvent): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      await takeUse(tx, channel, limits);
      if (!(await insertChannel(tx, channel))) throw await whyNot(tx, channel);
      await appendEvents(tx, [event]);
    });
    this.#changed();
  }

  async cancel(
    channel: Channel,
    eventsOf: (spent: boolean) => readonly NewEvent[],
  ): Promise<boolean> {
    const done = await this.#sql.transaction(async (tx) => {
      if (!(await insertChannel(tx, channel))) return false;
      await appendEvents(tx, eventsOf(await closeSingle(tx, channel)));
      return true;
    });
    if (done) this.#changed();
    return done;
  }

  async begin(id: string, now: number): Promise<Channel | undefined> {
    return await this.#one(
      `update channels set state = 'opening', ambiguous_at = $2
        where id = $1 and state = 'requested'
       returning ${COLUMNS}`,
      [id, now],
    );
  }

  async doubt(id: string, now: number): Promise<Channel | undefined> {
    return await this.#one(
      `update channels set ambiguous_at = $2
        where id = $1 and state = 'opening'
       returning ${COLUMNS}`,
      [id, now],
    );
  }

  async finish(
    id: string,
    end: ChannelEnd,
    now: number,
    eventsOf: (channel: Channel, spent: boolean) => readonly NewEvent[],
  ): Promise<Channel | undefined> {
    const done = await this.#sql.transaction(async (tx) => {
      const channel = await endChannel(tx, id, end, channelSourcesOf(end.state), now);
      if (!channel) return undefined;
      await appendEvents(tx, eventsOf(channel, await settleUse(tx, channel)));
      return channel;
    });
    if (done) this.#changed();
    return done;
  }

  async resolve(
    id: string,
    end: ChannelEnd,
    audit: AuditEntry,
    eventsOf: (channel: Channel, spent: boolean) => readonly NewEvent[],
    receiptOf?: (channel: Channel) => Receipt,
  ): Promise<Channel | undefined> {
    const done = await this.#sql.transaction(async (tx) => {
      const channel = await endChannel(tx, id, end, ['held'], audit.createdAt);
      if (!channel) return undefined;
      if (receiptOf) await addReceipt(tx, receiptOf(channel));
      await appendAudit(tx, audit);
      await appendEvents(tx, eventsOf(channel, await settleUse(tx, channel)));
      return channel;
    });
    if (done) this.#changed();
    return done;
  }

  async hold(
    id: string,
    reason: ChannelHeldReason,
    eventOf: (channel: Channel) => NewEvent,
  ): Promise<Channel | undefined> {
    const held = await this.#sql.transaction(async (tx) => {
      const [row] = await tx.query<ChannelRow>(
        `update channels set state = 'held', reason = $2
          where id = $1 and state = 'opening'
         returning ${COLUMNS}`,
        [id, reason],
      );
      if (!row) return undefined;
      const channel = channelFromRow(row);
      await appendEvents(tx, [eventOf(channel)]);
      return channel;
    });
    if (held) this.#changed();
    return held;
  }

  async unfinished(limit: number, after: string | undefined): Promise<Channel[]> {
    const wanted = new Conditions()
      .all("state in ('requested', 'opening')")
      .and('(created_at, id) > (select p.created_at, p.id from channels p where p.id = ?)', after);
    return await this.#many(
      `select ${COLUMNS} from channels ${wanted.where}
        order by created_at, id limit ${wanted.place(limit)}`,
      wanted.values,
    );
  }

  async find(id: string): Promise<Channel | undefined> {
    return await this.#one(`select ${COLUMNS} from channels where id = $1`, [id]);
  }

  async findByK1(k1: K1): Promise<Channel | undefined> {
    return await this.#one(
      `select ${COLUMNS} from channels where k1 = $1
        order by case when state = 'failed' then 1 else 0 end, created_at desc limit 1`,
      [k1],
    );
  }

  async list(filter: ChannelFilter, limit: number, after: string | undefined): Promise<Channel[]> {
    const wanted = new Conditions()
      .and('state = ?', filter.state)
      .and('channel_offer_id = ?', filter.channelOfferId)
      .and('created_at >= ?', filter.since)
      .and('(created_at, id) < (select p.created_at, p.id from channels p where p.id = ?)', after);
    return await this.#many(
      `select ${COLUMNS} from channels ${wanted.where}
        order by created_at desc, id desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
  }

  async removeCancelled(before: number): Promise<void> {
    await this.#sql.query(
      `delete from channels
        where state = 'cancelled' and ended_at < $1
          and channel_offer_id in (select id from channel_offers where uses > 1)`,
      [before],
    );
  }

  async #one(text: string, values: readonly SqlValue[]): Promise<Channel | undefined> {
    const [row] = await this.#sql.query<ChannelRow>(text, values);
    return row && channelFromRow(row);
  }

  async #many(text: string, values: readonly SqlValue[]): Promise<Channel[]> {
    const rows = await this.#sql.query<ChannelRow>(text, values);
    return rows.map(channelFromRow);
  }
}

/** false when the k1, or the node while another channel to it is being opened, has a row already. */
async function insertChannel(tx: Queries, channel: Channel): Promise<boolean> {
  const rows = await tx.query(
    `insert into channels
            (id, channel_offer_id, k1, node_key, capacity_sat, push_sat, private, sat_per_vbyte,
             state, created_at, ended_at)
     values (${places(1, 11)})
     on conflict do nothing
     returning id`,
    [
      channel.id,
      channel.channelOfferId,
      channel.k1,
      orNull(channel.nodeKey),
      channel.capacitySat,
      channel.pushSat,
      channel.private ? 1 : 0,
      orNull(channel.satPerVbyte),
      channel.state,
      channel.createdAt,
      orNull(channel.endedAt),
    ],
  );
  return rows.length > 0;
}

async function whyNot(tx: Queries, { k1 }: Channel): Promise<RequestError> {
  const rows = await tx.query("select id from channels where k1 = $1 and state <> 'failed'", [k1]);
  if (rows.length > 0) return new RequestError('k1-used', 'already used');
  return new RequestError(
    'too-many-requests',
    'another channel to your node is being opened, try again later',
  );
}

async function endChannel(
  tx: Queries,
  id: string,
  end: ChannelEnd,
  from: readonly ChannelState[],
  now: number,
): Promise<Channel | undefined> {
  const [row] = await tx.query<ChannelRow>(
    `update channels
        set state = $2, ended_at = $3, funding_outpoint = $4, reason = $5
      where id = $1 and state in (${places(6, from.length)})
     returning ${COLUMNS}`,
    [id, end.state, now, ...endToRow(end), ...from],
  );
  return row && channelFromRow(row);
}

function endToRow(end: ChannelEnd): [outpoint: string | null, reason: string | null] {
  return end.state === 'failed' ? [null, end.reason] : [end.fundingOutpoint, null];
}

function channelFromRow(row: ChannelRow): Channel {
  return {
    id: row.id,
    channelOfferId: row.channel_offer_id,
    k1: row.k1,
    nodeKey: orUndefined(row.node_key),
    capacitySat: Number(row.capacity_sat),
    pushSat: Number(row.push_sat),
    private: row.private === 1n,
    satPerVbyte: numberOrUndefined(row.sat_per_vbyte),
    state: row.state,
    fundingOutpoint: orUndefined(row.funding_outpoint),
    reason: orUndefined(row.reason),
    ambiguousAt: numberOrUndefined(row.ambiguous_at),
    createdAt: Number(row.created_at),
    endedAt: numberOrUndefined(row.ended_at),
  };
}
