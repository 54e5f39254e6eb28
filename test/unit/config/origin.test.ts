import { describe, expect, it } from '@jest/globals';
import { readOrigin } from '../../../src/config/origin.ts';

const ONION = `${'a2'.repeat(28)}.onion`;

// LUD-01, LUD-04, LUD-05: what wallets accept and what keys are derived from.
describe('the public origin', () => {
  it.each([
    ['https://pay.example.org', 'https://pay.example.org'],
    ['https://pay.example.org/', 'https://pay.example.org'],
    ['HTTPS://Pay.Example.ORG', 'https://pay.example.org'],
    ['https://pay.example.org:443', 'https://pay.example.org'],
    ['https://xn--bcher-kva.example', 'https://xn--bcher-kva.example'],
    [`http://${ONION}`, `http://${ONION}`],
    [`http://pay.${ONION}`, `http://pay.${ONION}`],
    [`https://${ONION}`, `https://${ONION}`],
  ])('may be %s', (text, origin) => {
    expect(readOrigin(text)).toEqual({ origin });
  });

  it.each([
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://localhost', 'http://localhost'],
    ['https://localhost:8443', 'https://localhost:8443'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
  ])('may be %s for trying out', (text, origin) => {
    expect(readOrigin(text)).toEqual({ origin });
  });

  it.each([
    ['pay.example.org', 'is no URL; wanted is an origin such as https://pay.example.org'],
    ['https:pay.example.org', 'is no URL; wanted is an origin such as https://pay.example.org'],
    ['https:\\\\pay.example.org', 'is no URL; wanted is an origin such as https://pay.example.org'],
    [
      'https://pay.example.org\\x',
      'is no URL; wanted is an origin such as https://pay.example.org',
    ],
    ['https://', 'is no URL; wanted is an origin such as https://pay.example.org'],
    ['https://pay .example.org', 'is no URL; wanted is an origin such as https://pay.example.org'],
    ['ftp://pay.example.org', 'is no URL; wanted is an origin such as https://pay.example.org'],
    ['https://a:b@example.org', 'holds a user name or password; give the origin alone'],
    ['https://@example.org', 'holds a user name or password; give the origin alone'],
    ['https://example.org/pay', 'has a path, query or fragment; give the origin alone'],
    ['https://example.org/?', 'has a path, query or fragment; give the origin alone'],
    ['https://example.org?a=1', 'has a path, query or fragment; give the origin alone'],
    ['https://example.org#', 'has a path, query or fragment; give the origin alone'],
    ['https://192.0.2.7', 'is an IP address; wallets want a host name'],
    ['https://0x7f.1.1.1', 'is an IP address; wallets want a host name'],
    ['https://[2001:db8::1]', 'is an IP address; wallets want a host name'],
    ['https://intranet', 'has no host name that a wallet could find'],
    ['https://example.org.', 'has no host name that a wallet could find'],
    ['https://-a.example.org', 'has no host name that a wallet could find'],
    ['https://a_b.example.org', 'has no host name that a wallet could find'],
    ['https://example.org:8443', 'has a port; wallets want the usual one'],
    [`http://${ONION}:8080`, 'has a port; wallets want the usual one'],
    ['http://expyuzz4wqqyqhjn.onion', 'is no onion name of version 3'],
    ['http://example.org', 'is plain http; that is for .onion and localhost alone'],
    ['http://localhost.example.org', 'is plain http; that is for .onion and localhost alone'],
    ['http://example.onion.org', 'is plain http; that is for .onion and localhost alone'],
  ])('is not %s', (text, fault) => {
    expect(readOrigin(text)).toEqual({ fault });
  });
});
