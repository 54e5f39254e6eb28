import { describe, expect, it } from '@jest/globals';
import { addressKey } from '../../../../src/http/limits/address-key.ts';

describe('a caller is counted', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2/64'],
    ['2001:db8:1:2::ffff', '2001:db8:1:2/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2/64'],
    ['2001:db8::1', '2001:db8:0:0/64'],
    ['2001:db8::203.0.113.7', '2001:db8:0:0/64'],
    ['[2001:db8:1:2::1]:4711', '2001:db8:1:2/64'],
    ['[2001:db8:1:2::1]', '2001:db8:1:2/64'],
  ])('%s as %s', (caller, key) => {
    expect(addressKey(caller)).toBe(key);
  });

  it('as another one in the next network', () => {
    expect(addressKey('2001:db8:1:3::1')).not.toBe(addressKey('2001:db8:1:2::1'));
  });
});

describe('nobody is counted by address', () => {
  it.each(['127.0.0.1', '::1', '::ffff:10.0.0.1', '192.168.1.9', 'fd00::1', '[::1]:80'])(
    'who comes from this machine or a private network: %s (FC-26)',
    (caller) => {
      expect(addressKey(caller)).toBeUndefined();
    },
  );

  it.each(['', 'unknown', '_hidden', '999.1.1.1', 'x'.repeat(10_000)])(
    'whose address is none: %.20j',
    (caller) => {
      expect(addressKey(caller)).toBeUndefined();
    },
  );
});
