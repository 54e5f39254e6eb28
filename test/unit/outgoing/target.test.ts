import { describe, expect, it } from '@jest/globals';
import { targetFault } from '../../../src/outgoing/target.ts';

const ABROAD = { loopback: false };
const NEAR = 'is an address of this machine or of a local network';

describe('a URL that somebody else chose', () => {
  it.each([
    'https://shop.example.org/hook?x=1',
    'https://shop.example.org:8443/',
    'https://8.8.8.8/hook',
    'https://[2606:4700::1111]/hook',
    'https://xn--bcher-kva.example/',
  ])('may be called: %s', (url) => {
    expect(targetFault(url, ABROAD)).toBeUndefined();
  });

  it.each([
    ['http://shop.example.org/', 'must be https'],
    ['ftp://shop.example.org/', 'must be a URL such as https://shop.example.org/hook'],
    ['shop.example.org', 'must be a URL such as https://shop.example.org/hook'],
    ['https://user:password@shop.example.org/', 'must not hold a user name or password'],
    ['https://shop.example.org/#x', 'must not have a fragment'],
    ['https://shop/', 'has no host name of the internet'],
    [`https://${'a'.repeat(56)}.onion/x`, 'is an onion address, which cannot be reached from here'],
    [`https://shop.example.org/${'x'.repeat(2_000)}`, 'is longer than 2000 characters'],
    ['https://localhost/', NEAR],
    ['https://127.0.0.1/', NEAR],
    ['https://127.1/', NEAR],
    ['https://2130706433/', NEAR],
    ['https://0x7f.0.0.1/', NEAR],
    ['https://0177.0.0.1/', NEAR],
    ['https://0.0.0.0/', NEAR],
    ['https://10.0.0.1/', NEAR],
    ['https://100.64.0.1/', NEAR],
    ['https://169.254.169.254/latest/meta-data', NEAR],
    ['https://172.31.255.255/', NEAR],
    ['https://192.168.1.1/', NEAR],
    ['https://255.255.255.255/', NEAR],
    ['https://[::1]/', NEAR],
    ['https://[::]/', NEAR],
    ['https://[::ffff:127.0.0.1]/', NEAR],
    ['https://[::ffff:10.0.0.1]/', NEAR],
    ['https://[::127.0.0.1]/', NEAR],
    ['https://[64:ff9b::7f00:1]/', NEAR],
    ['https://[2002:7f00:1::]/', NEAR],
    ['https://[fc00::1]/', NEAR],
    ['https://[fe80::1]/', NEAR],
  ])('is refused: %s', (url, fault) => {
    expect(targetFault(url, ABROAD)).toBe(fault);
  });

  it.each(['http://localhost:4000/hook', 'http://127.0.0.1:4000/', 'http://[::1]:4000/'])(
    'may be on this machine when that is for trying out: %s',
    (url) => {
      expect(targetFault(url, { loopback: true })).toBeUndefined();
    },
  );

  it.each(['http://10.0.0.1/', 'https://192.168.1.1/', 'http://shop.example.org/'])(
    'is refused all the same when it is only near: %s',
    (url) => {
      expect(targetFault(url, { loopback: true })).toBeDefined();
    },
  );
});
