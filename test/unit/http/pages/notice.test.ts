import { describe, expect, it } from '@jest/globals';
import { NodeError, RequestError, StoreError } from '../../../../src/errors.ts';
import { noticeOf } from '../../../../src/http/pages/notice.ts';

describe('what a browser is told when a page cannot be shown', () => {
  it.each([
    [new StoreError('store-unavailable', 'The store is busy'), 503, 'The store is busy'],
    [new NodeError('node-unavailable', 'The node rests'), 503, 'The node rests'],
    [
      new RequestError('amount-out-of-range', 'Payments cannot be received at the moment.'),
      503,
      'Payments cannot be received at the moment',
    ],
    [new Error('secret of ours'), 500, 'Something went wrong on our side, try again later'],
  ])('is that it is tried again, after %s', (error, status, heading) => {
    expect(noticeOf(error, undefined, 0)).toEqual({
      status,
      heading,
      symbol: 'closed',
      detail: 'This page tries again by itself.',
      about: undefined,
      retry: true,
    });
  });

  it.each([
    ['not-found', 404],
    ['invalid-request', 400],
  ] as const)('is that there is nothing to pay, after %s', (code, status) => {
    const { retry, ...notice } = noticeOf(new RequestError(code, 'x'), undefined, 0);

    expect(retry).toBeUndefined();
    expect(notice).toMatchObject({ status, heading: 'There is nothing to pay here' });
  });
});
