import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { getInfo, MACAROON } from '../support/lnd-node.ts';
import { FakeLnd } from '../support/lnd-server.ts';
import { terminal } from './terminal.ts';

let lnd: FakeLnd;

beforeEach(async () => {
  lnd = await FakeLnd.start();
  lnd.answers('GetInfo', () => getInfo());
});

afterEach(async () => await lnd[Symbol.asyncDispose]());

/** A terminal whose wallet is on the stand-in for LND. */
function onLnd(changes: Readonly<Record<string, string>> = {}) {
  const env = {
    BOLTGATE_WALLET_LND_HOST: lnd.host,
    BOLTGATE_WALLET_LND_CERT: lnd.certificate.cert,
    BOLTGATE_WALLET_LND_MACAROON: MACAROON,
    ...changes,
  };
  return terminal({ env, clock: systemClock });
}

describe('wallet …, on an LND of the customer', () => {
  it('shows what it can send and receive', async () => {
    lnd.answers('ChannelBalance', () => ({
      local_balance: { msat: 21_000 },
      remote_balance: { msat: 5_000 },
    }));

    const ran = await onLnd()('wallet', 'balance', '--json');

    expect(JSON.parse(ran.out)).toEqual({ outboundMsat: 21_000, inboundMsat: 5_000 });
  });

  it('makes an invoice', async () => {
    lnd.answers('AddInvoice', () => ({
      r_hash: Buffer.alloc(32, 7),
      payment_request: 'lnbcrt1invoice',
    }));
    lnd.answers('ListChannels', () => ({}));

    const ran = await onLnd()('wallet', 'invoice', '21sat', '--description', 'Tea');

    expect(ran).toEqual({ code: 0, out: 'lnbcrt1invoice\n', err: '' });
    expect(lnd.heardOf('AddInvoice')[0]?.request).toMatchObject({ memo: 'Tea' });
  });

  it.each([
    [
      'its node is not there',
      { BOLTGATE_WALLET_LND_HOST: 'localhost:1' },
      1,
      "The wallet's LND at localhost:1 cannot do this: nobody listens at localhost:1\n",
    ],
    [
      'a setting is missing',
      { BOLTGATE_WALLET_LND_MACAROON: '' },
      2,
      'BOLTGATE_WALLET_LND_MACAROON: is not given; without it LND answers nothing\n',
    ],
    [
      'a setting is no hex',
      { BOLTGATE_WALLET_LND_MACAROON: 'xyz' },
      2,
      'BOLTGATE_WALLET_LND_MACAROON: is not hex; for a binary file give its path as BOLTGATE_WALLET_LND_MACAROON_FILE\n',
    ],
  ])('says so when %s', async (_, changes, code, err) => {
    expect(await onLnd(changes)('wallet', 'balance')).toEqual({ code, out: '', err });
  });
});
