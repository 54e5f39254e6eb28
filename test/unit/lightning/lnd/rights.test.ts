import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readMacaroonFacts } from '../../../../src/lightning/lnd/macaroon-facts.ts';
import { judgeRights } from '../../../../src/lightning/lnd/rights.ts';
import { FLOWS } from '../../../../src/lightning/lnd/rpcs.ts';
import { isAtLeast } from '../../../../src/lightning/lnd/version.ts';
import { ADMIN_RIGHTS, craftMacaroon, leastRights } from '../../../support/macaroon.ts';

describe('LND: what a macaroon says of itself', () => {
  it('is its root key, its rights and its conditions', () => {
    const rights = [...leastRights('pay'), { entity: 'info', action: 'read' }];
    const caveats = ['time-before 2027-01-01T00:00:00Z', 'ipaddr 127.0.0.1'];

    const facts = readMacaroonFacts(craftMacaroon({ rights, rootKeyId: '4102', caveats }));

    expect(facts).toEqual({ rootKeyId: '4102', rights, caveats });
  });

  it('is nothing when it is cut, or of another kind', () => {
    const whole = craftMacaroon({ rights: leastRights('receive') });

    const cut = [2, 20, 40, whole.length - 80].map((at) => readMacaroonFacts(whole.slice(0, at)));

    expect(cut).toEqual([undefined, undefined, undefined, undefined]);
    expect(['', '00', '0201036c6e64', 'ff'.repeat(50)].map(readMacaroonFacts)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is read from any bytes without falling over', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readMacaroonFacts(`02${Buffer.from(bytes).toString('hex')}`);
      }),
    );
  });
});

describe('LND: what a macaroon is good for', () => {
  const judge = (rights: readonly { entity: string; action: string }[], ...flows: typeof FLOWS) =>
    judgeRights({ rootKeyId: '0', rights, caveats: [] }, flows);

  it.each(FLOWS)('is enough and not too much when it has the least rights of %s', (flow) => {
    expect(judge(leastRights(flow), flow)).toEqual({ missing: [], tooMuch: [] });
  });

  it('is enough for all when it has the rights of all, and too much for one', () => {
    const all = leastRights(...FLOWS);

    expect(judge(all, ...FLOWS)).toEqual({ missing: [], tooMuch: [] });
    expect(judge(all, 'channel').tooMuch).toContain('uri:/routerrpc.Router/SendPaymentV2');
  });

  it('lacks what it does not name', () => {
    expect(judge(leastRights('receive'), 'pay').missing).toContain(
      '/routerrpc.Router/SendPaymentV2',
    );
  });

  it('takes the ordinary rights for the calls that LND allows with them', () => {
    const { missing, tooMuch } = judge(ADMIN_RIGHTS, ...FLOWS);

    expect(missing).toEqual([]);
    expect(tooMuch).toContain('macaroon:generate');
    expect(tooMuch).not.toContain('info:read');
  });

  it('needs both rights to open a channel', () => {
    const rights = [...leastRights('channel'), { entity: 'onchain', action: 'write' }];
    const without = rights.filter(({ action }) => !action.endsWith('/OpenChannel'));

    expect(judge(without, 'channel').missing).toEqual(['/lnrpc.Lightning/OpenChannel']);
  });
});

describe('LND: its version', () => {
  it.each<[string, string, boolean | undefined]>([
    ['0.21.2-beta commit=v0.21.2-beta', '0.21.0', true],
    ['0.21.0-beta', '0.21.0', true],
    ['0.20.99-beta', '0.21.0', false],
    ['0.9.0-beta', '0.17.0', false],
    ['1.0.0', '0.21.0', true],
    ['demo', '0.17.0', undefined],
  ])('%s against %s is %s', (version, least, expected) => {
    expect(isAtLeast(version, least)).toBe(expected);
  });
});
