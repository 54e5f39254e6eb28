import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  assertConsistent,
  assertPayable,
  invoiceExpirySeconds,
  type PayLink,
} from '../../../src/accounts/pay-link.ts';
import { msat } from '../../../src/msat.ts';
import { COFFEE_TERMS } from '../../support/pay-store.ts';

const NOW = 1_700_000_000_000;

const LINK: PayLink = {
  ...COFFEE_TERMS,
  id: 'pl_1',
  address: undefined,
  revision: 1,
  version: 1,
  metadata: '[["text/plain","Coffee"]]',
  createdAt: NOW,
  disabledAt: undefined,
  paidAt: undefined,
};

describe('whether a link can be paid', () => {
  it.each<[string | undefined, Partial<PayLink>]>([
    [undefined, {}],
    [undefined, { validFrom: NOW }],
    [undefined, { expiresAt: NOW + 1 }],
    ['This payment link is switched off.', { disabledAt: NOW - 1 }],
    ['This payment link has already been paid.', { paidAt: NOW - 1, oneTime: true }],
    ['This payment link has expired.', { expiresAt: NOW }],
    ['This payment link is not open yet.', { validFrom: NOW + 1 }],
    ['This payment link is switched off.', { disabledAt: NOW, paidAt: NOW, expiresAt: NOW }],
    ['This payment link has already been paid.', { paidAt: NOW, expiresAt: NOW }],
  ])('is told as %j for %j (LUD-11)', (message, changes) => {
    const look = () => assertPayable({ ...LINK, ...changes }, NOW);

    if (message === undefined) expect(look).not.toThrow();
    else expect(look).toThrow(expect.objectContaining({ code: 'link-spent', message }));
  });
});

describe('terms together', () => {
  it.each<[string[], Partial<PayLink>]>([
    [[], {}],
    [[], { min: msat(1000n), max: msat(1000n), validFrom: 1, expiresAt: 2 }],
    [['/minMsat'], { min: msat(1001n), max: msat(1000n) }],
    [['/validFrom'], { validFrom: 2, expiresAt: 2 }],
    [['/minMsat', '/validFrom'], { min: msat(2n), max: msat(1n), validFrom: 3, expiresAt: 2 }],
  ])('have the faults %j for %j', (pointers, changes) => {
    const look = () => assertConsistent({ ...LINK, ...changes });

    if (pointers.length === 0) return expect(look).not.toThrow();
    const fields = pointers.map((pointer) => expect.objectContaining({ pointer }));
    expect(look).toThrow(expect.objectContaining({ code: 'invalid-request', fields }));
  });
});

describe('how long an invoice lives (FC-1)', () => {
  it.each([
    [3600, undefined, 3600],
    [60, undefined, 60],
    [86_400, undefined, 86_400],
    [3600, 3_600_000, 3600],
    [3600, 3_599_999, 3599],
    [3600, 1000, 1],
    [60, 86_400_000, 60],
  ])('is for a wish of %i s and %s ms to the end: %i s', (wish, leftMs, seconds) => {
    const expiresAt = leftMs === undefined ? undefined : NOW + leftMs;

    expect(invoiceExpirySeconds({ ...LINK, invoiceExpirySeconds: wish, expiresAt }, NOW)).toBe(
      seconds,
    );
  });

  it('is never past the end of the link, and never nothing', () => {
    const wish = fc.integer({ min: 60, max: 86_400 });
    const left = fc.integer({ min: 1, max: 100_000_000 });
    fc.assert(
      fc.property(wish, left, (seconds, leftMs) => {
        const link = { ...LINK, invoiceExpirySeconds: seconds, expiresAt: NOW + leftMs };
        const life = () => invoiceExpirySeconds(link, NOW);

        if (leftMs < 1000) return expect(life).toThrow('This payment link has expired.');
        expect(life()).toBeGreaterThanOrEqual(1);
        expect(life()).toBeLessThanOrEqual(seconds);
        expect(NOW + life() * 1000).toBeLessThanOrEqual(link.expiresAt);
      }),
    );
  });
});
