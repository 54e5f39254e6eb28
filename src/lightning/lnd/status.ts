import { status } from '@grpc/grpc-js';
import { NodeError } from '../../errors.ts';
import type { CallEnding, ChannelRefusal, PaymentFailure } from '../node.ts';

/** A call that did not end well: the gRPC status and the text that came with it. */
export class LndFailure extends Error {
  override readonly name: string = 'LndFailure';
  readonly code: number;
  /** Of LND, or of the transport. For the operator only. */
  readonly text: string;

  constructor(code: number, text: string) {
    super(`LND: status ${code}`);
    this.code = code;
    this.text = text;
  }
}

/**
 * Who ended a call, and what for:
 * - `unreachable`, `silent`, `cut`: nobody answered; the transport, the deadline or we ended it.
 * - `not-ready`: LND is starting or its wallet is locked.
 * - `stopping`: LND is going down; what it had begun goes on when it is back.
 * - `macaroon`: LND does not accept our macaroon.
 * - `stranger`: something between us and LND answered, or something that is no LND.
 * - `refused`: LND looked at the request and said no.
 */
export type FailureKind =
  | 'unreachable'
  | 'silent'
  | 'cut'
  | 'not-ready'
  | 'stopping'
  | 'macaroon'
  | 'stranger'
  | 'refused';

/** There is no connection to an active LND, so nothing was asked. */
export const NOT_ACTIVE = [status.UNAVAILABLE, 'not connected to an active LND'] as const;

/** A stream that should have gone on ended without a failure. */
export const ENDED = [status.UNAVAILABLE, 'the stream ended'] as const;

/** We have no macaroon for the call, so nothing was asked. */
export const NO_MACAROON = [status.CANCELLED, 'no macaroon for this call'] as const;

interface Row {
  readonly code: number;
  readonly text: RegExp;
  readonly kind: FailureKind;
}

const ANY_TEXT = /^/;

/**
 * LND answers most failures with code 2, so the text decides. What is in no row was said by LND about
 * the request itself.
 */
const KINDS: readonly Row[] = [
  { code: status.UNAVAILABLE, text: ANY_TEXT, kind: 'unreachable' },
  { code: status.DEADLINE_EXCEEDED, text: ANY_TEXT, kind: 'silent' },
  { code: status.CANCELLED, text: /^no macaroon for this call$/, kind: 'macaroon' },
  { code: status.CANCELLED, text: ANY_TEXT, kind: 'cut' },
  { code: status.UNKNOWN, text: /waiting to start, RPC services not available/, kind: 'not-ready' },
  { code: status.UNKNOWN, text: /wallet not created, create one to enable/, kind: 'not-ready' },
  { code: status.UNKNOWN, text: /wallet locked, unlock it to enable/, kind: 'not-ready' },
  { code: status.UNKNOWN, text: /in the process of starting/, kind: 'not-ready' },
  { code: status.UNKNOWN, text: /shutting down|server (is )?stopp/i, kind: 'stopping' },
  { code: status.UNKNOWN, text: /context canceled|context deadline/, kind: 'stopping' },
  { code: status.UNKNOWN, text: /macaroon/i, kind: 'macaroon' },
  { code: status.UNKNOWN, text: /^verification failed/, kind: 'macaroon' },
  { code: status.UNKNOWN, text: /^permission denied/, kind: 'macaroon' },
  { code: status.UNKNOWN, text: /^caveat .* not satisfied/, kind: 'macaroon' },
  { code: status.UNKNOWN, text: /^encoding\/hex:/, kind: 'macaroon' },
  { code: status.UNKNOWN, text: /^Received HTTP status code/, kind: 'stranger' },
  { code: status.PERMISSION_DENIED, text: ANY_TEXT, kind: 'stranger' },
  { code: status.UNAUTHENTICATED, text: ANY_TEXT, kind: 'stranger' },
  { code: status.UNIMPLEMENTED, text: ANY_TEXT, kind: 'stranger' },
  { code: status.RESOURCE_EXHAUSTED, text: ANY_TEXT, kind: 'stranger' },
  { code: status.INTERNAL, text: ANY_TEXT, kind: 'stranger' },
];

/** Tells who ended a call. */
export function kindOf({ code, text }: LndFailure): FailureKind {
  return KINDS.find((row) => row.code === code && row.text.test(text))?.kind ?? 'refused';
}

interface Ending extends CallEnding {
  readonly reason: PaymentFailure | undefined;
}

interface PayRow {
  readonly code: number;
  readonly text: RegExp;
  readonly reason: PaymentFailure;
}

const OPEN_ENDED: Ending = { closed: false, existed: false, reason: undefined };
const EXISTED: Ending = { closed: true, existed: true, reason: undefined };

/**
 * Refusals of SendPaymentV2 that only LND itself writes, before it makes a record: they end the call
 * for good. All that is not here leaves open what became of the payment, which costs time, never
 * money: texts of LND's next version, of its shutdown and its panics, of a refused macaroon, of proxies.
 */
const PAY_REFUSALS: readonly PayRow[] = [
  { code: status.UNKNOWN, text: /^self-payments not allowed/, reason: 'other' },
  { code: status.UNKNOWN, text: /^invoice expired/, reason: 'expired' },
  { code: status.UNKNOWN, text: /^amount must (not )?be specified when paying/, reason: 'other' },
  { code: status.UNKNOWN, text: /^sat and msat arguments are mutually exclusive/, reason: 'other' },
  { code: status.UNKNOWN, text: /^invoice not for current active network/, reason: 'other' },
  { code: status.UNKNOWN, text: /^invalid index of -?\d+$/, reason: 'other' },
  { code: status.UNKNOWN, text: /^checksum failed/, reason: 'other' },
  { code: status.UNKNOWN, text: /^payment amount .* must be/, reason: 'other' },
];

/** What a failed call of SendPaymentV2 says of the payment (lnd.md 2.5, F1). */
export function payEndingOf({ code, text }: LndFailure): Ending {
  if (code === status.ALREADY_EXISTS) return EXISTED;
  const row = PAY_REFUSALS.find((one) => one.code === code && one.text.test(text));
  return row ? { closed: true, existed: false, reason: row.reason } : OPEN_ENDED;
}

interface OpenRow {
  readonly text: RegExp;
  readonly reason: ChannelRefusal;
}

/** What LND says when it opens no channel, all with code 2. Other texts leave it open. */
const OPEN_REFUSALS: readonly OpenRow[] = [
  { text: /^received funding error from/, reason: 'peer-refused' },
  { text: /^peer \S+ (is not online|disconnected)/, reason: 'peer-offline' },
  { text: /^cannot open channel to self/, reason: 'to-self' },
  { text: /^channel is too small/, reason: 'too-small' },
  { text: /^funding amount is too large/, reason: 'too-large' },
  { text: /^not enough witness outputs to create funding transaction/, reason: 'no-funds' },
  { text: /^reserved wallet balance invalidated/, reason: 'reserve' },
  { text: /^channels cannot be created before the wallet is fully synced/, reason: 'not-synced' },
  { text: /^server is still in the process of starting/, reason: 'not-synced' },
  { text: /^amount pushed to remote peer for initial state/, reason: 'other' },
  { text: /^local funding amount must be non-zero/, reason: 'other' },
  { text: /^funder balance too small/, reason: 'other' },
  { text: /^provided memo/, reason: 'other' },
  { text: /^use anchors for zero-conf/, reason: 'other' },
  { text: /^remote channel reserve must be/, reason: 'other' },
];

/** Why LND opened no channel; undefined when its words do not prove that there is none (FC-20). */
export function channelRefusalOf({ code, text }: LndFailure): ChannelRefusal | undefined {
  if (code !== status.UNKNOWN) return undefined;
  return OPEN_REFUSALS.find((row) => row.text.test(text))?.reason;
}

/** TrackPaymentV2 has no record. A gateway in between may say code 5 for reasons of its own. */
export function isUnknownPayment({ code, text }: LndFailure): boolean {
  return code === status.NOT_FOUND && text.includes("payment isn't initiated");
}

/** LookupInvoiceV2 has no such invoice; a node that never had any says so with code 2. */
export function isUnknownInvoice({ code, text }: LndFailure): boolean {
  if (code === status.NOT_FOUND) return true;
  return code === status.UNKNOWN && text.includes('there are no existing invoices');
}

/** The failure in words that a wallet may read: those of LND are for the operator, in `cause`. */
export function nodeErrorOf(failure: LndFailure): NodeError {
  const kind = kindOf(failure);
  const options = { cause: failure };
  switch (kind) {
    case 'silent':
    case 'cut':
      return new NodeError(
        'node-timeout',
        'The Lightning node did not answer in time, try again',
        options,
      );
    case 'refused':
      return new NodeError('node-rejected', 'The Lightning node refused', options);
    case 'not-ready':
    case 'stopping':
      return new NodeError(
        'node-unavailable',
        'The Lightning node is starting, try again later',
        options,
      );
    case 'unreachable':
    case 'macaroon':
    case 'stranger':
      return new NodeError(
        'node-unavailable',
        'The Lightning node cannot be reached, try again later',
        options,
      );
    default:
      return kind satisfies never;
  }
}
