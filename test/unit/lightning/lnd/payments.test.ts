import { describe, expect, it } from '@jest/globals';
import { type PaymentHash, type Preimage, paymentHashOf } from '../../../../src/hex.ts';
import type { PayEnding } from '../../../../src/lightning/node.ts';
import { msat } from '../../../../src/msat.ts';
import { craftInvoice, honestFields, STRANGER } from '../../../support/crafted-invoice.ts';
import { ImpatientClock } from '../../../support/lnd-clock.ts';
import { MACAROON, startLnd } from '../../../support/lnd-node.ts';
import { type AnswerStream, FakeLnd } from '../../../support/lnd-server.ts';

const PREIMAGE = 'ab'.repeat(32) as Preimage;
const HASH = paymentHashOf(PREIMAGE);
const OTHER_HASH = 'cd'.repeat(32) as PaymentHash;
const ZEROS = '00'.repeat(32);
const PAY = { maxFee: msat(10_000n), timeoutMs: 60_000 };
const UNKNOWN: PayEnding = { state: 'unknown', closed: false, existed: false };

const INVOICE = craftInvoice({
  prefix: 'lnbcrt210n',
  createdAt: 1_700_000_000_000,
  fields: Object.values(honestFields(HASH)),
  sign: STRANGER,
});

const IN_FLIGHT = { payment_hash: HASH, status: 'IN_FLIGHT', payment_preimage: ZEROS };
const SUCCEEDED = {
  payment_hash: HASH,
  status: 'SUCCEEDED',
  payment_preimage: PREIMAGE,
  fee_msat: '1234',
};
const FAILED = {
  payment_hash: HASH,
  status: 'FAILED',
  payment_preimage: ZEROS,
  failure_reason: 'FAILURE_REASON_NO_ROUTE',
};

/** Answers a payment stream with these updates and ends it well. */
function told(...updates: readonly object[]): (stream: AnswerStream) => void {
  return (stream) => {
    for (const update of updates) stream.send(update);
    stream.end();
  };
}

describe('LND: paying', () => {
  it('pays once, within its limits, and tells what LND proved', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.streams('SendPaymentV2', told(IN_FLIGHT, SUCCEEDED));

    const ending = await node.pay(INVOICE, PAY);

    expect(ending).toEqual({
      ...{ state: 'paid', preimage: PREIMAGE, fee: 1_234n },
      ...{ closed: true, existed: false },
    });
    expect(lnd.heardOf('SendPaymentV2')).toEqual([
      {
        path: '/routerrpc.Router/SendPaymentV2',
        macaroon: MACAROON,
        request: {
          payment_request: INVOICE,
          timeout_seconds: 60,
          cltv_limit: 1_008,
          fee_limit_msat: '10000',
          allow_self_payment: false,
          no_inflight_updates: false,
          cancelable: false,
        },
      },
    ]);
  });

  it('lets its own node be paid when that is wanted (FC-16)', async () => {
    await using started = await startLnd({ paySelf: true });
    started.lnd.streams('SendPaymentV2', told(SUCCEEDED));

    await started.node.pay(INVOICE, PAY);

    expect(started.lnd.heardOf('SendPaymentV2')[0]?.request).toMatchObject({
      allow_self_payment: true,
    });
  });

  it.each([
    ['FAILURE_REASON_TIMEOUT', 'timeout'],
    ['FAILURE_REASON_NO_ROUTE', 'no-route'],
    ['FAILURE_REASON_ERROR', 'other'],
    ['FAILURE_REASON_INCORRECT_PAYMENT_DETAILS', 'refused-by-payee'],
    ['FAILURE_REASON_INSUFFICIENT_BALANCE', 'no-balance'],
    ['FAILURE_REASON_CANCELED', 'other'],
    ['FAILURE_REASON_NONE', 'other'],
  ])('tells why LND says FAILED: %s', async (failure_reason, reason) => {
    await using started = await startLnd();
    started.lnd.streams('SendPaymentV2', told(IN_FLIGHT, { ...FAILED, failure_reason }));

    const ending = await started.node.pay(INVOICE, PAY);

    expect(ending).toEqual({ state: 'failed', reason, closed: true, existed: false });
  });

  it('believes the status alone: a reason beside IN_FLIGHT or SUCCEEDED ends nothing', async () => {
    await using started = await startLnd();
    const failure_reason = 'FAILURE_REASON_CANCELED';
    started.lnd.streams(
      'SendPaymentV2',
      told({ ...IN_FLIGHT, failure_reason }, { ...SUCCEEDED, failure_reason }),
    );

    const ending = await started.node.pay(INVOICE, PAY);

    expect(ending.state).toBe('paid');
  });

  it.each([
    ['the preimage of another payment', { ...SUCCEEDED, payment_preimage: '12'.repeat(32) }],
    ['zeros for a preimage', { ...SUCCEEDED, payment_preimage: ZEROS }],
    ['no preimage', { ...SUCCEEDED, payment_preimage: '' }],
    ['a payment of another hash', { ...SUCCEEDED, payment_hash: OTHER_HASH }],
    ['a failure of another hash', { ...FAILED, payment_hash: OTHER_HASH }],
    ['a negative fee', { ...SUCCEEDED, fee_msat: '-1' }],
    ['no status', { payment_hash: HASH }],
    ['a status that it never heard of', { ...FAILED, status: 17 }],
    ['nothing at all', {}],
  ])('takes nothing for an end that comes with %s', async (_, update) => {
    await using started = await startLnd();
    started.lnd.streams('SendPaymentV2', told(update));

    expect(await started.node.pay(INVOICE, PAY)).toEqual(UNKNOWN);
  });

  it.each([
    ['ends without a last word', told(IN_FLIGHT)],
    ['ends without any word', told()],
    [
      'is cut by LND going down',
      (stream: AnswerStream) => stream.fail(2, 'routerrpc server shutting down'),
    ],
  ])('does not know the end when the stream %s', async (_, streamed) => {
    await using started = await startLnd();
    started.lnd.streams('SendPaymentV2', streamed);

    expect(await started.node.pay(INVOICE, PAY)).toEqual(UNKNOWN);
  });

  it.each<[number, string, PayEnding]>([
    [6, 'payment is in transition', { ...UNKNOWN, closed: true, existed: true }],
    [6, 'failed to initialize payment: …', { ...UNKNOWN, closed: true, existed: true }],
    [2, 'self-payments not allowed', failed('other')],
    [2, 'invoice expired. Valid until 2026-11-25 10:00:00 +0000 UTC', failed('expired')],
    [13, 'internal server error', UNKNOWN],
    [2, 'verification failed: signature mismatch after caveat verification', UNKNOWN],
    [2, 'permission denied', UNKNOWN],
    [2, 'wallet locked, unlock it to enable full RPC access', UNKNOWN],
    [2, 'words of a version to come', UNKNOWN],
    [13, 'Received RST_STREAM with code 2', UNKNOWN],
    [14, 'upstream connect error', UNKNOWN],
    [7, 'forbidden', UNKNOWN],
    [12, 'unknown service routerrpc.Router', UNKNOWN],
  ])('understands a refusal with code %i and %j', async (code, details, ending) => {
    await using started = await startLnd();
    started.lnd.streams('SendPaymentV2', (stream) => stream.fail(code, details));

    expect(await started.node.pay(INVOICE, PAY)).toEqual(ending);
    expect(started.lnd.heardOf('SendPaymentV2')).toHaveLength(1);
  });

  it('sends nothing that is not an invoice', async () => {
    await using started = await startLnd();

    expect(await started.node.pay('lnbcrt1rubbish', PAY)).toEqual(failed('other'));
    expect(started.lnd.heardOf('SendPaymentV2')).toEqual([]);
  });

  it('sends once, whatever becomes of the connection', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.streams('SendPaymentV2', (stream) => stream.send(IN_FLIGHT));
    const paying = node.pay(INVOICE, PAY);
    await lnd.untilHeard('SendPaymentV2');

    await lnd.die();
    await lnd.comeBack();

    expect(await paying).toEqual(UNKNOWN);
    await node.info();
    expect(lnd.heardOf('SendPaymentV2')).toHaveLength(1);
  });

  it('does not know the end when LND cannot be reached', async () => {
    const lnd = await FakeLnd.start();
    await lnd.die();
    await using started = await startLnd({ lnd });

    expect(await started.node.pay(INVOICE, PAY)).toEqual(UNKNOWN);
  });

  it('leaves a payment that somebody holds, and lets LND go on with it', async () => {
    const clock = new ImpatientClock();
    await using started = await startLnd({ clock });
    const { lnd, node } = started;
    const left = new Promise<void>((resolve) => {
      lnd.streams('SendPaymentV2', (stream) => {
        stream.send(IN_FLIGHT);
        stream.left.addEventListener('abort', () => resolve());
      });
    });
    const paying = node.pay(INVOICE, PAY);
    await lnd.untilHeard('SendPaymentV2');

    await clock.endSleepsOf(PAY.timeoutMs);

    expect(await paying).toEqual(UNKNOWN);
    await left;
  });
});

describe('LND: what became of a payment', () => {
  it.each([
    ['paid', SUCCEEDED, { state: 'paid', preimage: PREIMAGE, fee: 1_234n }],
    ['failed', FAILED, { state: 'failed', reason: 'no-route' }],
    ['in flight', IN_FLIGHT, { state: 'unknown' }],
    ['begun', { ...IN_FLIGHT, status: 'INITIATED' }, { state: 'unknown' }],
  ])('tells at once that it is %s', async (_, update, outcome) => {
    await using started = await startLnd();
    started.lnd.streams('TrackPaymentV2', (stream) => stream.send(update));

    expect(await started.node.trackPayment(HASH)).toEqual(outcome);
    expect(started.lnd.heardOf('TrackPaymentV2')[0]?.request).toEqual({
      payment_hash: Buffer.from(HASH, 'hex'),
      no_inflight_updates: false,
    });
  });

  it('tells that LND has no record', async () => {
    await using started = await startLnd();
    started.lnd.streams('TrackPaymentV2', (stream) => stream.fail(5, "payment isn't initiated"));

    expect(await started.node.trackPayment(HASH)).toBeUndefined();
  });

  it.each([
    [5, 'Not Found', 'node-rejected'],
    [2, 'permission denied', 'node-unavailable'],
    [2, 'routerrpc server shutting down', 'node-unavailable'],
    [14, 'gone', 'node-unavailable'],
    [4, 'too late', 'node-timeout'],
  ])('takes code %i with %j for no answer', async (code, details, expected) => {
    await using started = await startLnd();
    started.lnd.streams('TrackPaymentV2', (stream) => stream.fail(code, details));

    const track = started.node.trackPayment(HASH);

    await expect(track).rejects.toMatchObject({ name: 'NodeError', code: expected });
  });

  it.each([
    ['a record of another hash', told({ ...FAILED, payment_hash: OTHER_HASH })],
    ['a preimage that does not fit', told({ ...SUCCEEDED, payment_preimage: OTHER_HASH })],
    ['no status', told({ payment_hash: HASH })],
    ['no word at all', told()],
  ])('takes %s for no answer', async (_, streamed) => {
    await using started = await startLnd();
    started.lnd.streams('TrackPaymentV2', streamed);

    const track = started.node.trackPayment(HASH);

    await expect(track).rejects.toMatchObject({ name: 'NodeError', code: 'node-unavailable' });
  });
});

function failed(reason: 'other' | 'expired'): PayEnding {
  return { state: 'failed', reason, closed: true, existed: false };
}
