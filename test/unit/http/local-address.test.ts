import { describe, expect, it } from '@jest/globals';
import { isLocalAddress } from '../../../src/http/local-address.ts';

describe('an address is of this machine or of a private network', () => {
  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['172.31.255.255', true],
    ['172.32.0.1', false],
    ['192.168.1.1', true],
    ['::ffff:192.168.1.1', true],
    ['169.254.1.1', true],
    ['fd00::1', true],
    ['fe80::1', true],
    ['203.0.113.7', false],
    ['::ffff:203.0.113.7', false],
    ['2001:db8::1', false],
    // Anybody on the internet may ask from these.
    ['2002:7f00:1::1', false],
    ['100.64.0.1', false],
    ['', false],
    ['localhost', false],
    ['127.0.0.1:80', false],
  ])('%s: %s', (address, isLocal) => {
    expect(isLocalAddress(address)).toBe(isLocal);
  });
});
