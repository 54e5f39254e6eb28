import type { Clock } from '../clock.ts';
import { NodeError } from '../errors.ts';
import type { LightningNode } from '../lightning/node.ts';
import type { Continuity } from './continuity.ts';
import { EXPIRY_MARGIN_MS, type StuckEvidence, type Withdrawal } from './withdrawal.ts';

interface Parts {
  readonly node: Pick<LightningNode, 'contact' | 'mayBeInFlight'>;
  readonly continuity: Pick<Continuity, 'isFresh'>;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
/** A node that was not seen to restart is given so long to end what none of its channels holds. */
const UNSEEN_RESTART_MS = DAY_MS;
/** No HTLC lives longer: LND's own limit is 2,016 blocks, about 14 days. */
const HTLC_LIFE_MS = 15 * DAY_MS;

/**
 * Finds payments that the node will call in flight for ever: it was stopped in the moment before its
 * channel knew of them (lnd.md 2.4). To find one ends nothing: a person is told, with what was seen.
 */
export class StuckPayments {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What shows that this one is stuck; undefined while it may still end by itself. */
  async evidence(withdrawal: Withdrawal): Promise<StuckEvidence | undefined> {
    const { node, clock } = this.#parts;
    const now = clock.now();
    const expired = now - withdrawal.invoiceExpiresAt - EXPIRY_MARGIN_MS;
    if (expired <= 0) return undefined;
    const sentAt = withdrawal.ambiguousAt ?? withdrawal.createdAt;
    const { downAt } = node.contact;
    const nodeRestartedAt = downAt !== undefined && downAt > sentAt ? downAt : undefined;
    if (now > sentAt + HTLC_LIFE_MS) return { nodeRestartedAt, noHtlcAt: undefined };
    if (nodeRestartedAt === undefined && expired <= UNSEEN_RESTART_MS) return undefined;
    return (await this.#isOnNoChannel(withdrawal)) ? { nodeRestartedAt, noHtlcAt: now } : undefined;
  }

  async #isOnNoChannel({ paymentHash }: Withdrawal): Promise<boolean> {
    const { node, continuity } = this.#parts;
    try {
      // An answer of whoever came after the node that was looked at says nothing.
      return !(await node.mayBeInFlight(paymentHash)) && continuity.isFresh;
    } catch (error) {
      if (error instanceof NodeError) return false;
      throw error;
    }
  }
}
