import { describe, expect, it } from '@jest/globals';
import {
  channelRefusalOf,
  type FailureKind,
  isUnknownInvoice,
  isUnknownPayment,
  kindOf,
  LndFailure,
  NO_MACAROON,
  NOT_ACTIVE,
  nodeErrorOf,
  payEndingOf,
} from '../../../../src/lightning/lnd/status.ts';

const OPEN_ENDED = { closed: false, existed: false, reason: undefined };

describe('LND: statuses', () => {
  it.each<[number, string, FailureKind]>([
    [...NOT_ACTIVE, 'unreachable'],
    [14, 'No connection established. Last error: Error: connect ECONNREFUSED', 'unreachable'],
    [4, 'Deadline exceeded after 5.003s', 'silent'],
    [1, 'Cancelled on client', 'cut'],
    [...NO_MACAROON, 'macaroon'],
    [2, 'waiting to start, RPC services not available', 'not-ready'],
    [2, 'wallet not created, create one to enable full RPC access', 'not-ready'],
    [2, 'wallet locked, unlock it to enable full RPC access', 'not-ready'],
    [
      2,
      'the RPC server is in the process of starting up, but not yet ready to accept calls',
      'not-ready',
    ],
    [2, 'server is still in the process of starting', 'not-ready'],
    [2, 'routerrpc server shutting down', 'stopping'],
    [2, 'context canceled', 'stopping'],
    [2, 'expected 1 macaroon, got 0', 'macaroon'],
    [2, 'cannot determine data format of binary-encoded macaroon', 'macaroon'],
    [2, 'verification failed: signature mismatch after caveat verification', 'macaroon'],
    [
      2,
      "cannot retrieve macaroon: cannot get macaroon: root key with id 8 doesn't exist",
      'macaroon',
    ],
    [2, 'permission denied', 'macaroon'],
    [2, "encoding/hex: invalid byte: U+0078 'x'", 'macaroon'],
    [2, 'Received HTTP status code 500', 'stranger'],
    [7, 'RBAC: access denied', 'stranger'],
    [12, 'unknown service routerrpc.Router', 'stranger'],
    [13, 'Received RST_STREAM with code 2 (Internal server error)', 'stranger'],
    [16, 'no', 'stranger'],
    [2, 'invoice with payment hash already exists', 'refused'],
    [3, 'invalid hash', 'refused'],
    [5, 'unable to locate invoice', 'refused'],
    [6, 'invoice is already paid', 'refused'],
  ])('knows who ended a call with code %i, %j: %s', (code, text, kind) => {
    expect(kindOf(new LndFailure(code, text))).toBe(kind);
  });

  it.each<[number, string, boolean, boolean, string | undefined]>([
    [6, 'invoice is already paid', true, true, undefined],
    [6, 'in words of any store', true, true, undefined],
    [2, 'self-payments not allowed', true, false, 'other'],
    [2, 'invoice expired. Valid until 2026-11-25 10:00:00 +0000 UTC', true, false, 'expired'],
    [2, 'invalid index of 1', true, false, 'other'],
    [2, 'sat and msat arguments are mutually exclusive', true, false, 'other'],
    [2, "invoice not for current active network 'regtest'", true, false, 'other'],
    [13, 'internal server error', false, false, undefined],
  ])('takes code %i, %j from a payment for an end', (code, text, closed, existed, reason) => {
    expect(payEndingOf(new LndFailure(code, text))).toEqual({ closed, existed, reason });
  });

  it.each([
    [2, 'routerrpc server shutting down'],
    [2, 'expected 1 macaroon, got 0'],
    [2, 'cannot determine data format of binary-encoded macaroon'],
    [2, 'verification failed: signature mismatch after caveat verification'],
    [2, "cannot retrieve macaroon: cannot get macaroon: root key with id 8 doesn't exist"],
    [2, 'permission denied'],
    [2, 'waiting to start, RPC services not available'],
    [2, 'wallet locked, unlock it to enable full RPC access'],
    [2, 'the RPC server is in the process of starting up, but not yet ready to accept calls'],
    [2, 'Received HTTP status code 500'],
    [2, 'context canceled'],
    [2, 'what a later version may say'],
    [2, 'an error about: self-payments not allowed'],
    [0, 'self-payments not allowed'],
    [14, 'self-payments not allowed'],
    [13, 'Received RST_STREAM with code 0'],
    [4, 'Deadline exceeded'],
    [1, 'Cancelled'],
    [7, 'permission denied'],
    [8, 'too much'],
    [12, 'unknown service'],
    [16, 'unauthenticated'],
  ])('takes code %i, %j from a payment for no end', (code, text) => {
    expect(payEndingOf(new LndFailure(code, text))).toEqual(OPEN_ENDED);
  });

  it.each([
    [14, 'peer 02aa is not online'],
    [2, 'the peer 02aa is not online'],
    [2, 'permission denied'],
    [2, 'wallet locked, unlock it to enable full RPC access'],
  ])('takes code %i, %j for no refusal of a channel', (code, text) => {
    expect(channelRefusalOf(new LndFailure(code, text))).toBeUndefined();
  });

  it.each([
    [5, "payment isn't initiated", true],
    [5, 'Not Found', false],
    [2, "payment isn't initiated", false],
  ])('takes code %i, %j for an unknown payment: %s', (code, text, expected) => {
    expect(isUnknownPayment(new LndFailure(code, text))).toBe(expected);
  });

  it.each([
    [5, 'unable to locate invoice', true],
    [2, 'there are no existing invoices', true],
    [2, 'unable to locate invoice', false],
  ])('takes code %i, %j for an unknown invoice: %s', (code, text, expected) => {
    expect(isUnknownInvoice(new LndFailure(code, text))).toBe(expected);
  });

  it('keeps the words of LND from wallets and for the operator', () => {
    const failure = new LndFailure(2, 'memo too large: 1025 bytes');

    const error = nodeErrorOf(failure);

    expect([error.code, error.message, error.cause]).toEqual([
      'node-rejected',
      'The Lightning node refused',
      failure,
    ]);
  });
});
