import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { PreparedSecrets } from './config/generated.ts';
import type { Changed } from './events/changed.ts';
import type { WholeLog } from './events/recent-events.ts';
import type { Log } from './log.ts';
import { Outgoing } from './outgoing/outgoing.ts';
import type { Random } from './random.ts';
import type { Sql } from './store/sql.ts';
import { SqlWebhooks } from './store/webhooks.ts';
import { Couriers } from './webhooks/couriers.ts';
import { Webhooks } from './webhooks/webhooks.ts';

interface Base {
  readonly config: Pick<Config, 'node'>;
  readonly secrets: Pick<PreparedSecrets, 'serverSecret'>;
  readonly sql: Sql;
  readonly eventLog: WholeLog;
  readonly changed: Changed;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Joins what tells others of events. */
export function buildWebhooks(base: Base) {
  const { config, secrets, sql, eventLog, changed, clock, random, log } = base;
  const serverSecret = secrets.serverSecret.reveal();
  const store = new SqlWebhooks({ sql, serverSecret, random });
  // A newcomer's receiver is on the same machine, and so is his money of the demo network.
  const outgoing = new Outgoing({ rules: { loopback: config.node.kind === 'demo' } });
  const couriers = new Couriers({ store, eventLog, outgoing, changed, clock, log });
  const webhooks = new Webhooks({
    ...{ store, outgoing, clock, random },
    head: async () => await eventLog.head(),
    changed: () => couriers.wake(),
  });
  const chore = {
    name: 'webhook deliveries',
    run: async (now: number) => await store.removeDeliveriesBefore(now - KEPT_MS),
  };
  return { webhooks, couriers, chore };
}

const KEPT_MS = 30 * 86_400_000;
