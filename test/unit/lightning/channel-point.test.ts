import { expect, it } from '@jest/globals';
import { endingOfYes } from '../../../src/lightning/channel-point.ts';

it('is opened when the node names the transaction', () => {
  const txid = 'ab'.repeat(32);

  expect(endingOfYes(txid, 1)).toEqual({ state: 'opened', fundingOutpoint: `${txid}:1` });
});

it.each([[''], ['00'.repeat(32)], ['ab'.repeat(31)], ['AB'.repeat(32)]])(
  'is not known when the node says yes with %j for a transaction',
  (txid) => {
    expect(endingOfYes(txid, 0)).toEqual({ state: 'unknown' });
  },
);
