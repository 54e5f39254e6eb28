import { describe, expect, it } from '@jest/globals';
import { descriptionHashOf } from '../../../../src/hex.ts';
import { msat } from '../../../../src/msat.ts';
import { OUR_KEY, startLnd } from '../../../support/lnd-node.ts';
import { type FakeLnd, LndStatus } from '../../../support/lnd-server.ts';

const REQUEST = {
  amount: msat(50_000_000n),
  descriptionHash: descriptionHashOf('a coffee'),
  expirySeconds: 3_600,
  memo: 'boltgate inv_1',
};

describe('LND: hints of private channels (FC-7)', () => {
  it('tells of none while the public channels can take the amount', async () => {
    await using started = await startLnd({ hints: 'auto' });
    channels(started.lnd, [channel(1, 60_000, { private: false }), channel(2, 90_000)]);

    await started.node.createInvoice(REQUEST);

    expect(asked(started.lnd)).toEqual([{ private: false, hints: [] }]);
  });

  it.each([
    ['are none', []],
    ['are too small', [channel(3, 50_999, { private: false })]],
    ['are away', [channel(3, 90_000, { private: false, active: false })]],
  ])('tells of all of two when the public ones %s', async (_, publicOnes) => {
    await using started = await startLnd({ hints: 'auto' });
    channels(started.lnd, [channel(1, 60_000), channel(2, 90_000), ...publicOnes]);

    await started.node.createInvoice(REQUEST);

    expect(asked(started.lnd)).toEqual([{ private: false, hints: [hint(2), hint(1)] }]);
  });

  it('tells of the four with most inbound, and of none that is away or empty', async () => {
    await using started = await startLnd({ hints: 'always' });
    channels(started.lnd, [
      ...Array.from({ length: 30 }, (_, index) => channel(index + 1, 10_000 * (index + 1))),
      channel(31, 9_000_000, { active: false }),
      channel(32, 900),
    ]);

    await started.node.createInvoice(REQUEST);

    expect(asked(started.lnd)).toEqual([
      { private: false, hints: [hint(30), hint(29), hint(28), hint(27)] },
    ]);
  });

  it('asks for the channels once, not for each invoice', async () => {
    await using started = await startLnd({ hints: 'always' });
    const { lnd, node } = started;
    channels(lnd, [channel(1, 60_000)]);

    for (let count = 0; count < 5; count += 1) await node.createInvoice(REQUEST);

    expect([lnd.heardOf('ListChannels').length, lnd.heardOf('GetChanInfo').length]).toEqual([1, 1]);
  });

  it('names a channel as its peer knows it', async () => {
    await using started = await startLnd({ hints: 'always' });
    channels(started.lnd, [channel(1, 60_000, { peer_scid_alias: '16000000000000000001' })]);

    await started.node.createInvoice(REQUEST);

    expect(asked(started.lnd)[0]?.hints).toEqual([
      { hop_hints: [{ ...hop(1), chan_id: '16000000000000000001' }] },
    ]);
  });

  it('leaves it to LND when it may not look', async () => {
    await using started = await startLnd({ hints: 'auto' });
    started.lnd.answers('AddInvoice', added);
    started.lnd.answers('ListChannels', () => {
      throw new LndStatus(2, 'permission denied');
    });

    await started.node.createInvoice(REQUEST);

    expect(asked(started.lnd)).toEqual([{ private: true, hints: [] }]);
  });

  it('tells of none when that is wanted', async () => {
    await using started = await startLnd({ hints: 'never' });
    channels(started.lnd, [channel(1, 60_000)]);

    await started.node.createInvoice(REQUEST);

    expect(asked(started.lnd)).toEqual([{ private: false, hints: [] }]);
    expect(started.lnd.heardOf('ListChannels')).toEqual([]);
  });
});

function channels(lnd: FakeLnd, list: readonly object[]): void {
  lnd.answers('AddInvoice', added);
  lnd.answers('ListChannels', () => ({ channels: list }));
  lnd.answers('GetChanInfo', ({ request }) => {
    const number = Number(request.chan_id) - 1_000;
    const ours = { time_lock_delta: 80, fee_base_msat: '7', fee_rate_milli_msat: '7' };
    const theirs = { time_lock_delta: 40, fee_base_msat: '1000', fee_rate_milli_msat: '5' };
    // Half of the peers stand on either side.
    return number % 2 === 0
      ? edge(peer(number), theirs, OUR_KEY, ours)
      : edge(OUR_KEY, ours, peer(number), theirs);
  });
}

function edge(node1_pub: string, node1_policy: object, node2_pub: string, node2_policy: object) {
  return { node1_pub, node1_policy, node2_pub, node2_policy };
}

function added(): object {
  return { r_hash: Buffer.alloc(32, 1), payment_request: 'lnbcrt1' };
}

function channel(number: number, inboundSat: number, changes: object = {}): object {
  return {
    ...{ active: true, private: true, remote_pubkey: peer(number), chan_id: 1_000 + number },
    ...{ channel_point: `${'ab'.repeat(32)}:0`, remote_balance: inboundSat },
    ...{ remote_chan_reserve_sat: 1_000, ...changes },
  };
}

function peer(number: number): string {
  return `02${number.toString(16).padStart(64, '0')}`;
}

function hop(number: number): object {
  return {
    node_id: peer(number),
    chan_id: String(1_000 + number),
    fee_base_msat: 1_000,
    fee_proportional_millionths: 5,
    cltv_expiry_delta: 40,
  };
}

function hint(number: number): object {
  return { hop_hints: [hop(number)] };
}

function asked(lnd: FakeLnd): { private: unknown; hints: unknown }[] {
  return lnd.heardOf('AddInvoice').map(({ request }) => ({
    private: request.private,
    hints: request.route_hints,
  }));
}
