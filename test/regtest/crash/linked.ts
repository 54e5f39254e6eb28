import { setTimeout as delay } from 'node:timers/promises';
import { channelsOf, connect } from '../network/channels.ts';
import type { LndNode } from '../network/lnd.ts';

/** A node that was killed often is called back later and later by its peers. */
const PATIENCE_MS = 300_000;
const CONNECT_EVERY_MS = 5_000;
/** Some channels stay dead for all that, until LND is started again, as its operator would do. */
const RESTART_EVERY_MS = 75_000;

/**
 * Waits until a node can pay over its channels with a peer; connects them by hand if need be, and
 * starts the node again when that does not help. Only while nothing else is done to the node.
 */
export async function linked(node: LndNode, peer: LndNode): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  let restartAt = performance.now() + RESTART_EVERY_MS;
  for (;;) {
    for (const until = performance.now() + CONNECT_EVERY_MS; performance.now() < until; ) {
      if ((await channelsOf(node)).every(({ active }) => active)) return;
      await delay(100);
    }
    if (performance.now() > giveUpAt) throw new Error(`${node.name} has a channel that stays dead`);
    if (performance.now() > restartAt) {
      restartAt = performance.now() + RESTART_EVERY_MS;
      await node.stop('SIGTERM');
      await node.start();
    }
    await connect(node, peer).catch(() => undefined);
  }
}
