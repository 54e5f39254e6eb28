import type { ChannelTerms } from '../../src/accounts/channel-offer.ts';
import { ChannelOffers } from '../../src/accounts/channel-offers.ts';
import { HeldChannels } from '../../src/accounts/held-channels.ts';
import { Tokens } from '../../src/accounts/tokens.ts';
import type { Clock } from '../../src/clock.ts';
import { Changed } from '../../src/events/changed.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import { Challenges } from '../../src/lnurl/k1.ts';
import type { Log } from '../../src/log.ts';
import type { Msat } from '../../src/msat.ts';
import { ChannelLoop } from '../../src/payments/channel-loop.ts';
import { ChannelOpener } from '../../src/payments/channel-opener.ts';
import { Channels } from '../../src/payments/channels.ts';
import { Continuity } from '../../src/payments/continuity.ts';
import type { Random } from '../../src/random.ts';
import { SqlChannelOffers } from '../../src/store/channel-offers.ts';
import { SqlChannels } from '../../src/store/channels.ts';
import { SqlEventLog } from '../../src/store/event-log.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import type { Sql } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { SqlWithdrawals } from '../../src/store/withdrawals.ts';
import { ManualClock } from './manual-clock.ts';
import { recordedLog, type ToldFact } from './pay-store.ts';
import { seededRandom } from './seeded-random.ts';

/** Terms of an offer of one channel. */
export const ONE_CHANNEL: ChannelTerms = {
  capacitySat: 100_000,
  pushSat: 0,
  private: 'wallet',
  satPerVbyte: undefined,
  uses: 1,
  validFrom: undefined,
  expiresAt: undefined,
  label: undefined,
};

interface Ground {
  readonly sql: Sql;
  readonly network: DemoNetwork;
  readonly notify: () => void;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly serverDay?: Msat | undefined;
}

/** Everything about channels below HTTP, joined as the service joins it. */
export function channelRooms({ sql, network, notify, tokens, serverDay, ...rest }: Ground) {
  const { clock, random, log } = rest;
  const node = network.ours;
  const store = new SqlChannels(sql, notify);
  const offerStore = new SqlChannelOffers(sql, notify);
  const continuity = new Continuity({ store: new SqlWithdrawals(sql, notify), node, log });
  const opener = new ChannelOpener({ store, node, continuity, clock, random, log });
  const loop = new ChannelLoop({ store, opener, clock, log });
  const channels = new Channels({
    ...{ store, node, opening: loop, clock, random, serverDay },
    ownKey: () => undefined,
    mayOpen: () => !continuity.changed,
  });
  const challenges = new Challenges(new Uint8Array(32), random);
  const channelOffers = new ChannelOffers({ store: offerStore, tokens, challenges, clock, random });
  const heldChannels = new HeldChannels({ store, node, clock, random, log });
  return { store, offerStore, opener, loop, channels, channelOffers, heldChannels };
}

interface Options {
  readonly open?: () => Promise<Sql>;
  readonly network?: DemoNetwork;
  readonly clock?: ManualClock;
  readonly serverDay?: Msat;
  readonly seed?: string;
}

/** The rooms of channels on an empty database and a simulated network. */
export async function startChannels(options: Options = {}) {
  const clock = options.clock ?? new ManualClock();
  const random = seededRandom(options.seed ?? 'channels');
  const log = recordedLog();
  const sql = await (options.open?.() ?? openSqlite(':memory:'));
  await migrate(sql, MIGRATIONS_FOLDER, clock);
  const changed = new Changed();
  const notify = () => changed.notify();
  const network =
    options.network ?? new DemoNetwork({ seed: new Uint8Array(32).fill(9), clock, random });
  const { serverDay } = options;
  const tokens = new Tokens(new Uint8Array(32));
  const rooms = channelRooms({ sql, network, notify, tokens, serverDay, clock, random, log });
  const events = new SqlEventLog(sql);
  return {
    ...{ clock, random, log, sql, network, ...rooms },
    wallet: (await network.customer.info()).nodeKey,
    facts: async (): Promise<ToldFact[]> =>
      (await events.after(0n, 10_000)).map(({ type, data }) => ({ type, data: JSON.parse(data) })),
    [Symbol.asyncDispose]: async () => {
      await rooms.loop[Symbol.asyncDispose]();
      if (!options.network) network[Symbol.dispose]();
      await sql.close();
    },
  };
}

export type ChannelsWorld = Awaited<ReturnType<typeof startChannels>>;
