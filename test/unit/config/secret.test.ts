import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../../src/config/secret.ts';

const secret = new Secret('hunter2');

describe('a secret', () => {
  it.each([
    ['as a string', String(secret)],
    ['in a template', `${secret}`],
    ['joined to a text', `key: ${[secret, secret].join()}`],
    ['as JSON', JSON.stringify({ secret })],
    ['inspected', inspect({ secret }, { showHidden: true, depth: 9 })],
    ['as its properties', JSON.stringify(Object.entries(secret))],
    ['as an error of its own', new Error(`no ${secret}`).stack ?? ''],
  ])('is not seen %s', (_, text) => {
    expect(text).not.toContain('hunter2');
  });

  it('shows that it is there', () => {
    expect([`${secret}`, JSON.stringify([secret]), inspect(secret)]).toEqual([
      '[secret]',
      '["[secret]"]',
      '[secret]',
    ]);
  });

  it('is revealed on purpose', () => {
    expect(secret.reveal()).toBe('hunter2');
  });
});
