import { setTimeout as delay } from 'node:timers/promises';
import { channelsOf, connect } from '../network/channels.ts';
import type { LndNode } from '../network/lnd.ts';

/** A node that was killed often is called back later and later by its peers. */
const PATIENCE_MS = 180_000;
const CONNECT_EVERY_MS = 5_000;

/** Waits until a node can pay over its channels with a peer; connects them by hand if need be. */
export async function linked(node: LndNode, peer: LndNode): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    for (const until = performance.now() + CONNECT_EVERY_MS; performance.now() < until; ) {
      if ((await channelsOf(node)).every(({ active }) => active)) return;
      await delay(100);
    }
    if (performance.now() > giveUpAt) throw new Error(`${node.name} has a channel that stays dead`);
    await connect(node, peer).catch(() => undefined);
  }
}
