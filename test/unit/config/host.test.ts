import { describe, expect, it } from '@jest/globals';
import { formatHostPort, isDomain, isHostName, parseHostPort } from '../../../src/config/host.ts';

describe('a host and port', () => {
  it.each([
    ['127.0.0.1:3000', { host: '127.0.0.1', port: 3000 }],
    ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
    ['[::1]:3000', { host: '::1', port: 3000 }],
    ['[::]:65535', { host: '::', port: 65_535 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['LND.internal:10009', { host: 'lnd.internal', port: 10_009 }],
  ])('are read from %s', (text, parsed) => {
    expect(parseHostPort(text)).toEqual(parsed);
    expect(formatHostPort(parsed)).toBe(text.toLowerCase());
  });

  it.each([
    ['3000'],
    [':3000'],
    ['localhost'],
    ['localhost:'],
    ['localhost:65536'],
    ['localhost:03000'],
    ['localhost:-1'],
    ['::1:3000'],
    ['[127.0.0.1]:3000'],
    ['[::g]:3000'],
    ['256.0.0.1:3000'],
    ['http://localhost:3000'],
    ['localhost:3000/'],
    ['local host:3000'],
  ])('are not %j', (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });
});

describe('a name', () => {
  it.each([
    ['example.org', true, true],
    ['a-b.c1.example', true, true],
    ['localhost', true, false],
    ['Example.org', false, false],
    ['example.org.', false, false],
    ['.example.org', false, false],
    ['a..b', false, false],
    ['-a.example', false, false],
    ['a_b.example', false, false],
    ['192.0.2.7', false, false],
    ['example.org:80', false, false],
    [`${'a'.repeat(63)}.example`, true, true],
    [`${'a'.repeat(64)}.example`, false, false],
    [`${'a.'.repeat(126)}aa`, false, false],
  ])('%s is a host name: %p, a domain: %p', (text, hostName, domain) => {
    expect([isHostName(text), isDomain(text)]).toEqual([hostName, domain]);
  });
});
