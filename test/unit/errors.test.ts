import { describe, expect, it } from '@jest/globals';
import { AppError, NodeError, RequestError, StoreError, visible } from '../../src/errors.ts';

const HIDDEN = {
  code: 'internal',
  status: 500,
  title: 'Internal error',
  message: 'Something went wrong on our side, try again later',
  fields: [],
};

describe('what may be shown of an error', () => {
  it.each([
    [new RequestError('not-found', 'user not found'), 404, 'Not found'],
    [new NodeError('node-timeout', 'too slow'), 504, 'Lightning node did not answer in time'],
    [new StoreError('store-unavailable', 'locked'), 503, 'Store is unavailable'],
  ])('is what it says when it is one of ours: %s', (error, status, title) => {
    const { code, message } = error;

    expect(visible(error)).toEqual({ code, message, status, title, fields: [] });
  });

  it('names the fields that are wrong', () => {
    const fields = [{ pointer: '/a', detail: 'is wrong' }];

    expect(visible(new RequestError('invalid-request', 'a is wrong', { fields })).fields).toEqual(
      fields,
    );
  });

  it.each([
    new Error('a secret'),
    new TypeError('a secret'),
    'a secret',
    { code: 'not-found', message: 'a secret' },
    undefined,
    null,
    42,
  ])('is nothing when it is not: %s', (error) => {
    expect(visible(error)).toEqual(HIDDEN);
  });

  it('never holds the cause', () => {
    const error = new NodeError('node-unavailable', 'down', { cause: new Error('a secret') });

    expect(JSON.stringify(visible(error))).not.toContain('secret');
  });
});

describe('a kind of error', () => {
  it('is told apart by its name, and all are ours', () => {
    const errors = [
      new RequestError('not-found', ''),
      new NodeError('node-rejected', ''),
      new StoreError('store-unavailable', ''),
    ];

    expect(errors.map(({ name }) => name)).toEqual(['RequestError', 'NodeError', 'StoreError']);
    expect(errors.every((error) => error instanceof AppError && error instanceof Error)).toBe(true);
  });
});
