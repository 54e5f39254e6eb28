import { describe, expect, it } from '@jest/globals';
import { checkClock } from '../../../../src/cli/doctor/clock.ts';
import { readConfig } from '../../../../src/config/config.ts';
import { craftInvoice, honestFields, STRANGER } from '../../../support/crafted-invoice.ts';

const MADE_AT = 1_700_000_000_000;
const { config } = readConfig(
  {
    BOLTGATE_NODE: 'lnd',
    BOLTGATE_LND_MACAROON: '0201',
    BOLTGATE_PUBLIC_URL: 'https://pay.example.org',
  },
  () => '',
);
const bolt11 = craftInvoice({
  prefix: 'lnbcrt210n',
  createdAt: MADE_AT,
  fields: Object.values(honestFields('ab'.repeat(32) as never)),
  sign: STRANGER,
});

describe("doctor: the node's clock", () => {
  it.each([
    ['ok', 'as it is', 400, '0 s'],
    ['ok', 'a little late', 9_000, '9 s'],
    ['warn', 'behind', 45_000, '45 s'],
    ['warn', 'ahead', -45_000, '45 s'],
  ])('is %s when the newest invoice shows it %s', (result, _, differenceMs, seconds) => {
    const newest = { bolt11, createdAt: MADE_AT + differenceMs };

    const checks = checkClock(config, newest, undefined, MADE_AT + 86_400_000);

    expect(checks).toMatchObject([{ result, check: 'clock' }]);
    expect(checks[0]?.finding).toBe(
      `${seconds} from the one of the node when the newest invoice was made, ` +
        `${new Date(newest.createdAt).toISOString()}`,
    );
  });

  it('is not known before there is an invoice; then the public address is looked at', () => {
    const [known] = checkClock(config, undefined, MADE_AT, MADE_AT + 20_000);
    const [unknown] = checkClock(config, undefined, undefined, MADE_AT);

    expect(known).toMatchObject({
      result: 'warn',
      finding: '20 s from the one of the public address now; no invoice tells of the node yet',
    });
    expect(unknown).toMatchObject({ result: 'ok' });
  });
});
