import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { NodeError } from '../../errors.ts';
import { type Msat, satoshi } from '../../msat.ts';
import type { LndCalls } from './calls.ts';
import { nodeKeyField } from './fields.ts';
import { RPCS } from './rpcs.ts';
import { LndFailure } from './status.ts';

/** FC-7: when an invoice tells of private channels; `auto`: when the public ones cannot take it. */
export type HintRule = 'auto' | 'always' | 'never';

/** What goes with an invoice so that payers find a way to us. */
export interface HintFields {
  readonly private?: boolean;
  readonly route_hints?: readonly object[];
}

interface Parts {
  readonly rule: HintRule;
  readonly calls: Pick<LndCalls, 'unary'>;
  readonly clock: Clock;
}

/** What our channels can receive, and the way through the best of the private ones. */
interface Known {
  readonly publicInbound: Msat;
  readonly routeHints: readonly object[];
}

/** More make an invoice too long for a QR code; one alone may be down. */
const MAX_HINTS = 4;
/** How long what we know of our channels is believed. */
const LIFETIME_MS = 60_000;
/** A wallet that waits for its invoice does not wait long for hints. */
const PATIENCE_MS = 1_000;

const WHOLE = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((text) => BigInt(text));

const CHANNELS = z.object({
  channels: z.array(
    z.object({
      active: z.boolean(),
      private: z.boolean(),
      remote_pubkey: nodeKeyField,
      chan_id: WHOLE,
      peer_scid_alias: WHOLE,
      remote_balance: WHOLE,
      remote_chan_reserve_sat: WHOLE,
    }),
  ),
});

type Channel = z.infer<typeof CHANNELS>['channels'][number];

const POLICY = z
  .object({
    time_lock_delta: z.number(),
    fee_base_msat: z.string(),
    fee_rate_milli_msat: z.string(),
    disabled: z.boolean(),
  })
  .nullable();
const EDGE = z.object({ node1_pub: z.string(), node1_policy: POLICY, node2_policy: POLICY });

/** LND's own choice of hints: for whoever may not look at the channels. */
const LEFT_TO_LND: HintFields = { private: true };

/**
 * How payers find us over private channels (FC-7). LND's own choice stops at the first channel that
 * suffices and goes through all of them for each invoice, so we choose, once a minute.
 */
export class RouteHints {
  readonly #parts: Parts;
  #known: Known | undefined;
  #reading: Promise<void> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What to add to an invoice over this amount. Asks LND at most once a minute. */
  async for(amount: Msat): Promise<HintFields> {
    const { rule, clock } = this.#parts;
    if (rule === 'never') return {};
    if (clock.now() - this.#readAt >= LIFETIME_MS) this.#reading ??= this.#read();
    // Only the first invoices wait; what is a minute old serves until it is replaced.
    if (this.#readAt === Number.NEGATIVE_INFINITY) {
      await Promise.race([this.#reading, clock.sleep(PATIENCE_MS)]);
    }
    const known = this.#known;
    if (!known) return LEFT_TO_LND;
    if (rule === 'auto' && amount <= known.publicInbound) return {};
    return known.routeHints.length > 0 ? { route_hints: known.routeHints } : {};
  }

  async #read(): Promise<void> {
    const { clock } = this.#parts;
    try {
      this.#known = await this.#look();
    } catch (error) {
      if (!(error instanceof LndFailure || error instanceof NodeError)) throw error;
      this.#known = undefined;
    } finally {
      this.#readAt = clock.now();
      this.#reading = undefined;
    }
  }

  async #look(): Promise<Known> {
    const { calls } = this.#parts;
    const { channels } = await calls.unary(RPCS.listChannels, {}, CHANNELS);
    const usable = channels.filter(({ active }) => active);
    const open = usable.filter((channel) => !channel.private);
    const hidden = usable.filter((channel) => channel.private && inboundOf(channel) > 0n);
    const best = hidden.toSorted((a, b) => (inboundOf(a) < inboundOf(b) ? 1 : -1));
    const hints = await Promise.all(best.slice(0, MAX_HINTS).map((one) => this.#hintFor(one)));
    return {
      publicInbound: satoshi(open.reduce((sum, channel) => sum + inboundOf(channel), 0n)),
      routeHints: hints.flatMap((hint) => hint ?? []),
    };
  }

  /** The hop from the peer to us, by the peer's own policy; undefined when there is none. */
  async #hintFor(channel: Channel): Promise<object | undefined> {
    const { remote_pubkey: peer, chan_id, peer_scid_alias: alias } = channel;
    const asked = { chan_id: chan_id.toString() };
    const edge = await this.#parts.calls.unary(RPCS.getChanInfo, asked, EDGE);
    const policy = edge.node1_pub === peer ? edge.node1_policy : edge.node2_policy;
    if (!policy || policy.disabled) return undefined;
    const hop = {
      node_id: peer,
      chan_id: (alias > 0n ? alias : chan_id).toString(),
      fee_base_msat: Number(policy.fee_base_msat),
      fee_proportional_millionths: Number(policy.fee_rate_milli_msat),
      cltv_expiry_delta: policy.time_lock_delta,
    };
    return { hop_hints: [hop] };
  }
}

/** In satoshi, without what the peer must keep. */
function inboundOf({ remote_balance, remote_chan_reserve_sat }: Channel): bigint {
  const free = remote_balance - remote_chan_reserve_sat;
  return free > 0n ? free : 0n;
}
