import { describe, expect, it } from '@jest/globals';
import type { K1, NodeKey } from '../../../src/hex.ts';
import {
  CHANNEL_NEXT,
  CHANNEL_STATES,
  type Channel,
  type ChannelState,
  channelEventData,
  channelFailureText,
  channelMemo,
  channelSourcesOf,
} from '../../../src/payments/channel.ts';

const CHANNEL: Channel = {
  id: 'ch_1',
  channelOfferId: 'co_1',
  k1: 'ab'.repeat(32) as K1,
  nodeKey: `02${'11'.repeat(32)}` as NodeKey,
  capacitySat: 100_000,
  pushSat: 1,
  private: true,
  satPerVbyte: 3,
  state: 'requested',
  fundingOutpoint: undefined,
  reason: undefined,
  ambiguousAt: undefined,
  createdAt: 1,
  endedAt: undefined,
};

describe('the states of a request for a channel', () => {
  it.each<[ChannelState, readonly ChannelState[]]>([
    ['requested', []],
    ['opening', ['requested']],
    ['opened', ['opening', 'held']],
    ['failed', ['requested', 'opening', 'held']],
    ['held', ['opening']],
    ['cancelled', []],
  ])('come to %s from %j alone', (to, from) => {
    expect(channelSourcesOf(to)).toEqual(from);
  });

  it('never come back to where the node has not been asked', () => {
    const after = new Set<ChannelState>();
    const visit = (state: ChannelState): void => {
      for (const next of CHANNEL_NEXT[state]) {
        if (after.has(next)) continue;
        after.add(next);
        visit(next);
      }
    };

    visit('opening');

    expect(after).toEqual(new Set(['opened', 'failed', 'held']));
    expect(CHANNEL_STATES).toHaveLength(6);
  });
});

describe('a request for a channel', () => {
  it('is found again in the books of the node by its id', () => {
    expect(channelMemo(CHANNEL)).toBe('lnurlc:ch_1');
  });

  it('is told of without its k1, and without what it does not have', () => {
    const { nodeKey } = CHANNEL;

    expect(channelEventData(CHANNEL)).toEqual({
      ...{ id: 'ch_1', linkId: 'co_1', nodeKey, capacitySat: 100_000, pushSat: 1, private: true },
    });
    expect(
      channelEventData({ ...CHANNEL, nodeKey: undefined, reason: 'other', fundingOutpoint: 'a:0' }),
    ).toEqual({
      ...{ id: 'ch_1', linkId: 'co_1', capacitySat: 100_000, pushSat: 1, private: true },
      ...{ reason: 'other', fundingOutpoint: 'a:0' },
    });
  });

  it.each([
    ['peer-offline'],
    ['peer-refused'],
    ['no-funds'],
    ['reserve'],
    ['not-synced'],
    ['too-small'],
    ['too-large'],
    ['to-self'],
    ['other'],
    ['never-opened'],
    ['operator'],
    [undefined],
  ])('that failed (%s) is told so in short plain words (FC-20, GEN-5)', (reason) => {
    expect(channelFailureText(reason)).toMatch(/^[\x20-\x3b\x3d-\x7e]{10,90}$/);
  });
});
