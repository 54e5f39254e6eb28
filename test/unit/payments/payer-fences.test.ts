import { describe, expect, it } from '@jest/globals';
import { NodeError } from '../../../src/errors.ts';
import type { K1, PaymentHash, Preimage } from '../../../src/hex.ts';
import { paymentHashOf } from '../../../src/hex.ts';
import type { PayEnding, PaymentOutcome } from '../../../src/lightning/node.ts';
import { msat } from '../../../src/msat.ts';
import { Payer, type PayerStore } from '../../../src/payments/payer.ts';
import type { Withdrawal } from '../../../src/payments/withdrawal.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordedLog } from '../../support/pay-store.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const PREIMAGE = '5a'.repeat(32) as Preimage;
const HASH: PaymentHash = paymentHashOf(PREIMAGE);
const PAID: PaymentOutcome = { state: 'paid', preimage: PREIMAGE, fee: msat(7n) };
const FAILED: PaymentOutcome = { state: 'failed', reason: 'no-route' };
const IN_FLIGHT: PaymentOutcome = { state: 'unknown' };
const NO_WORD: PayEnding = { state: 'unknown', closed: false, existed: false };
const EXISTED: PayEnding = { state: 'unknown', closed: true, existed: true };
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The row of one claim, moved as the store moves it. */
class OneClaim implements PayerStore {
  row: Withdrawal;
  constructor(row: Withdrawal) {
    this.row = row;
  }
  unfinished: PayerStore['unfinished'] = async () => [this.row];
  find: PayerStore['find'] = async () => this.row;
  beginSend: PayerStore['beginSend'] = async ({ sendsStarted }, now) => {
    if (sendsStarted !== this.row.sendsStarted) return undefined;
    return this.#put({ state: 'sending', sendsStarted: sendsStarted + 1, ambiguousAt: now });
  };
  endSend: PayerStore['endSend'] = async (_id, how, known, now) =>
    this.#put({
      ...(how === 'closed' ? { sendsClosed: this.row.sendsClosed + 1 } : { ambiguousAt: now }),
      ...(known && { knownAt: now }),
    });
  known: PayerStore['known'] = async (_id, now) => void this.#put({ knownAt: now });
  finish: PayerStore['finish'] = async (_id, end, now) => {
    const reason = end.state === 'failed' ? end.reason : undefined;
    return this.#put({ state: end.state, reason, closedAt: now });
  };
  hold: PayerStore['hold'] = async (_id, reason, stuck) => {
    return this.row.state === 'sending' ? this.#put({ state: 'held', reason, stuck }) : undefined;
  };
  #put(changes: Partial<Withdrawal>): Withdrawal {
    this.row = { ...this.row, ...changes };
    return this.row;
  }
}

/** A payer with one claim, which a test puts into a state, on a node that says what it is told to. */
function start(changes: Partial<Withdrawal> = {}) {
  const clock = new ManualClock();
  const store = new OneClaim({
    ...{ id: 'wd_one', withdrawLinkId: 'wl_one', k1: 'aa'.repeat(32) as K1, paymentHash: HASH },
    ...{ bolt11: 'lnbcrt', amount: msat(21_000n), feeCap: msat(10_000n), fee: undefined },
    ...{ invoiceExpiresAt: clock.now() + MINUTE_MS, state: 'sending', reason: undefined },
    ...{ sendsStarted: 1, sendsClosed: 0, ambiguousAt: clock.now(), knownAt: undefined },
    ...{
      stuck: undefined,
      preimage: undefined,
      createdAt: clock.now(),
      closedAt: undefined,
      ...changes,
    },
  });
  const node = {
    contact: { epoch: 1, downAt: undefined as number | undefined },
    mayBeInFlight: async () => await Promise.resolve(false),
    track: async (): Promise<PaymentOutcome | undefined> => undefined,
    ending: NO_WORD,
    sends: 0,
    trackPayment: async () => await node.track(),
    pay: async () => {
      node.sends += 1;
      return await Promise.resolve(node.ending);
    },
  };
  const continuity = {
    isFresh: true,
    restarted: false,
    check: async () => await Promise.resolve('same' as const),
    restartedSince: () => continuity.restarted,
  };
  const parts = { store, node, continuity, mayLeave: () => true, clock };
  const payer = new Payer({ ...parts, random: seededRandom('payer'), log: recordedLog() });
  const state = () => [store.row.state, store.row.reason];
  return {
    clock,
    store,
    node,
    continuity,
    state,
    advance: async () => await payer.advance('wd_one'),
  };
}

describe('a send whose end nobody knows', () => {
  it('is begun again while the invoice lives and the node has no record', async () => {
    const { node, store, state, advance } = start();

    await advance();

    expect(node.sends).toBe(1);
    expect(store.row.sendsStarted).toBe(2);
    expect(state()).toEqual(['sending', undefined]);
  });

  it('has failed when the node has no record a minute after the expiry', async () => {
    const { clock, node, state, advance } = start();
    clock.advance(2 * MINUTE_MS + 1);

    await advance();

    expect(node.sends).toBe(0);
    expect(state()).toEqual(['failed', 'never-sent']);
  });

  it('has not failed when the answer is older than the fence', async () => {
    const { clock, node, state, advance } = start();
    node.track = async () => {
      clock.advance(2 * MINUTE_MS + 1); // The answer was given before, and took so long.
      return await Promise.resolve(undefined);
    };

    await advance();

    expect(state()).toEqual(['sending', undefined]);
  });

  it('has not failed when the restart came after the answer', async () => {
    const { continuity, node, state, advance } = start();
    node.track = async () => {
      continuity.restarted = true;
      return await Promise.resolve(FAILED);
    };

    await advance();

    expect(state()).toEqual(['sending', undefined]);
  });

  it('is asked for again when contact was lost while the node was asked', async () => {
    const { clock, continuity, node, state, advance } = start();
    clock.advance(2 * MINUTE_MS + 1);
    node.track = async () => {
      continuity.isFresh = false; // Whoever answered may be another node.
      return await Promise.resolve(undefined);
    };

    await advance();

    expect(state()).toEqual(['sending', undefined]);
  });
});

describe('a send', () => {
  it('does not leave when contact was lost while it was counted', async () => {
    const { continuity, node, store, state, advance } = start({
      state: 'reserved',
      sendsStarted: 0,
    });
    continuity.isFresh = false;
    node.track = async () => {
      continuity.isFresh = true;
      return await Promise.resolve(undefined);
    };
    const { beginSend } = store;
    store.beginSend = async (seen, now) => {
      continuity.isFresh = false;
      return await beginSend(seen, now);
    };

    await advance();

    expect(node.sends).toBe(0);
    expect(state()).toEqual(['sending', undefined]);
  });

  it('that fails is asked about again while an earlier one may be under way', async () => {
    const { node, store, state, advance } = start();
    node.ending = { ...FAILED, closed: true, existed: false };
    node.track = async () => await Promise.resolve(node.sends > 0 ? FAILED : undefined);

    await advance();

    expect(store.row).toMatchObject({ sendsStarted: 2, sendsClosed: 1 });
    expect(state()).toEqual(['sending', undefined]);
  });

  it('that the node refuses is not begun again at once', async () => {
    const { node, state, advance } = start();
    node.ending = { state: 'unknown', closed: true, existed: false };

    await advance();

    expect(node.sends).toBe(1);
    expect(state()).toEqual(['sending', undefined]);
  });

  it('that fails is the end when nothing else is under way', async () => {
    const { node, state, advance } = start({ state: 'reserved', sendsStarted: 0 });
    node.ending = { ...FAILED, closed: true, existed: false };

    await advance();

    expect(state()).toEqual(['failed', 'no-route']);
  });

  it('is of somebody else when it is the first and the node has a record', async () => {
    const { node, state, advance } = start({ state: 'reserved', sendsStarted: 0 });
    node.ending = EXISTED;

    await advance();

    expect(state()).toEqual(['failed', 'known-to-node']);
  });

  it('that the node refused for its record is held when the record is gone', async () => {
    const { node, state, advance } = start();
    node.ending = EXISTED;
    await advance();

    await advance();

    expect(state()).toEqual(['held', 'history-lost']);
  });
});

describe('a payment that stays in flight', () => {
  it('is waited for while it may still end', async () => {
    const { clock, node, state, advance } = start();
    node.track = async () => await Promise.resolve(IN_FLIGHT);
    clock.advance(DAY_MS);

    await advance();

    expect(state()).toEqual(['sending', undefined]);
  });

  it('is held, with what was seen, when it will be so for ever', async () => {
    const { clock, store, node, state, advance } = start();
    node.track = async () => await Promise.resolve(IN_FLIGHT);
    const nodeRestartedAt = clock.now() + 1;
    node.contact = { epoch: 2, downAt: nodeRestartedAt };
    clock.advance(3 * MINUTE_MS);

    await advance();

    expect(state()).toEqual(['held', 'stuck']);
    expect(store.row.stuck).toEqual({ nodeRestartedAt, noHtlcAt: clock.now() });
    expect(node.sends).toBe(0);
  });

  it.each([
    ['is paid', async () => await Promise.resolve(PAID), ['paid', undefined]],
    ['fails', async () => await Promise.resolve(FAILED), ['failed', 'no-route']],
  ])('is not held when it %s while the channels are looked at', async (_, ending, ended) => {
    const { clock, node, state, advance } = start();
    node.track = async () => await Promise.resolve(IN_FLIGHT);
    node.contact = { epoch: 2, downAt: clock.now() + 1 };
    node.mayBeInFlight = async () => {
      node.track = ending;
      return await Promise.resolve(false);
    };
    clock.advance(3 * MINUTE_MS);

    await advance();
    const before = state();
    await advance();

    expect(before).toEqual(['sending', undefined]);
    expect(state()).toEqual(ended);
  });

  it.each([
    ['paid', PAID, ['paid', undefined]],
    ['failed', FAILED, ['failed', 'no-route']],
  ])('is over as soon as the node says %s, though it was held', async (_, outcome, ended) => {
    const { clock, node, state, advance } = start({ state: 'held', reason: 'stuck' });
    node.track = async () => await Promise.resolve(outcome);
    clock.advance(16 * DAY_MS);

    await advance();

    expect(state()).toEqual(ended);
  });

  it('is left to a person when it was held for another reason', async () => {
    const { node, state, advance } = start({ state: 'held', reason: 'history-lost' });
    node.track = async () => await Promise.resolve(PAID);

    await advance();

    expect(state()).toEqual(['held', 'history-lost']);
  });

  it('waits when the node cannot be asked', async () => {
    const { clock, node, state, advance } = start();
    clock.advance(16 * DAY_MS);
    node.track = async () => {
      throw new NodeError('node-unavailable', 'The node is down');
    };

    await advance();

    expect(state()).toEqual(['sending', undefined]);
  });
});
