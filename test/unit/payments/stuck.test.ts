import { describe, expect, it } from '@jest/globals';
import { NodeError } from '../../../src/errors.ts';
import type { K1, PaymentHash } from '../../../src/hex.ts';
import { msat } from '../../../src/msat.ts';
import { StuckPayments } from '../../../src/payments/stuck.ts';
import type { Withdrawal } from '../../../src/payments/withdrawal.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

interface Told {
  /** How long after the send the node was down; undefined: it was not seen. */
  readonly downAfterMs?: number;
  readonly mayBeInFlight?: boolean | NodeError;
  readonly isFresh?: boolean;
}

/** A claim whose invoice expires a minute after its send, so long after that send. */
function start(afterMs: number, { downAfterMs, mayBeInFlight = false, isFresh = true }: Told) {
  const clock = new ManualClock();
  const sentAt = clock.now();
  const withdrawal: Withdrawal = {
    ...{ id: 'wd_one', withdrawLinkId: 'wl_one', k1: 'aa'.repeat(32) as K1, bolt11: 'lnbcrt' },
    ...{ paymentHash: 'bb'.repeat(32) as PaymentHash, amount: msat(21_000n), feeCap: msat(10n) },
    ...{ fee: undefined, invoiceExpiresAt: sentAt + MINUTE_MS, state: 'sending' },
    ...{ sendsStarted: 1, sendsClosed: 0, ambiguousAt: sentAt, knownAt: undefined },
    ...{ reason: undefined, stuck: undefined, preimage: undefined, createdAt: sentAt },
    closedAt: undefined,
  };
  const downAt = downAfterMs === undefined ? undefined : sentAt + downAfterMs;
  const node = {
    contact: { epoch: 1, downAt },
    mayBeInFlight: async (): Promise<boolean> => {
      if (mayBeInFlight instanceof NodeError) throw mayBeInFlight;
      return await Promise.resolve(mayBeInFlight);
    },
  };
  clock.advance(afterMs);
  const stuck = new StuckPayments({ node, continuity: { isFresh }, clock });
  return { sentAt, now: clock.now(), evidence: stuck.evidence(withdrawal) };
}

const RESTARTED = { downAfterMs: 1 };

describe('a payment that the node calls in flight', () => {
  it('is stuck when its invoice has expired, the node was down since, and no channel holds it', async () => {
    const { sentAt, now, evidence } = start(2 * MINUTE_MS + 1, RESTARTED);

    expect(await evidence).toEqual({ nodeRestartedAt: sentAt + 1, noHtlcAt: now });
  });

  it('is stuck a day after the expiry when no restart was seen and no channel holds it', async () => {
    const { now, evidence } = start(DAY_MS + 2 * MINUTE_MS + 1, {});

    expect(await evidence).toEqual({ nodeRestartedAt: undefined, noHtlcAt: now });
  });

  it('is stuck after 15 days whatever the channels say, for no HTLC lives so long', async () => {
    const { evidence } = start(15 * DAY_MS + 1, { mayBeInFlight: true });

    expect(await evidence).toEqual({ nodeRestartedAt: undefined, noHtlcAt: undefined });
  });

  it.each([
    ['its invoice could still be paid', 2 * MINUTE_MS, RESTARTED],
    ['a channel holds it', 14 * DAY_MS, { ...RESTARTED, mayBeInFlight: true }],
    ['the node was down before the send alone', DAY_MS, { downAfterMs: 0 }],
    ['no restart was seen for less than a day', DAY_MS + 2 * MINUTE_MS, {}],
    ['another node may have answered', DAY_MS, { ...RESTARTED, isFresh: false }],
    [
      'the node cannot be asked',
      DAY_MS,
      { ...RESTARTED, mayBeInFlight: new NodeError('node-unavailable', 'The node is down') },
    ],
  ])('is not stuck when %s', async (_, afterMs, told) => {
    expect(await start(afterMs, told).evidence).toBeUndefined();
  });
});
