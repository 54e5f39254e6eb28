import { describe, expect, it } from '@jest/globals';
import { hostKind, parseWebUrl, protocolOf } from '../../../src/lnurl/web-url.ts';

describe('web URL', () => {
  it.each([
    ['https://pay.example.com/lnurlp/abc', 'pay.example.com'],
    ['HTTPS://Pay.Example.COM/', 'pay.example.com'],
    ['http://localhost:3000/x?y=a@b', 'localhost:3000'],
    ['https://[::1]:3000/', '[::1]:3000'],
  ])('reads %s', (text, host) => {
    expect(parseWebUrl(text)?.host).toBe(host);
  });

  it.each([
    ['', 'nothing'],
    ['example.com', 'no protocol'],
    ['ftp://example.com/', 'another protocol'],
    ['javascript:alert(1)', 'a script'],
    ['https:example.com', 'no slashes'],
    ['https:///example.com', 'a slash too many'],
    ['https://', 'no host'],
    ['https://user@example.com/', 'a user'],
    ['https://user:word@example.com/', 'a password'],
    ['https://@example.com/', 'an empty user'],
    ['https://example.com\\@evil.com/', 'a backslash'],
    ['https://example.com/a b', 'a blank'],
    ['https://exa\tmple.com/', 'a tab'],
    ['https://example.com/\u202e', 'a mark that turns the text around'],
    ['https://exa%2fmple.com/', 'an escaped slash in the host'],
    ['https://example.com:70000/', 'a port that is none'],
  ])('refuses %j: %s', (text) => {
    expect(parseWebUrl(text)).toBeUndefined();
  });

  it.each([
    ['example.com', 'domain', 'https'],
    ['xn--sxqv5g23dyr3a428a.com', 'domain', 'https'],
    ['a.xn--p1ai', 'domain', 'https'],
    ['localhost.example.com', 'domain', 'https'],
    ['127.0.0.1.example.com', 'domain', 'https'],
    ['facebookwkhpilnemxj7asaniu7vnjjbiltxjqhye3mhbshg7kx5tfyd.onion', 'onion', 'http'],
    ['sub.example.onion', 'onion', 'http'],
    ['onion.com', 'domain', 'https'],
    ['localhost', 'loopback', 'http'],
    ['shop.localhost', 'loopback', 'http'],
    ['127.8.9.10', 'loopback', 'http'],
    ['[::1]', 'loopback', 'http'],
    ['192.168.1.5', 'ip', 'https'],
    ['1.1.1.1', 'ip', 'https'],
    ['[fe80::1]', 'ip', 'https'],
    ['example', 'other', 'https'],
    ['onion', 'other', 'https'],
    ['example.com.', 'other', 'https'],
    ['-a.com', 'other', 'https'],
    ['a..com', 'other', 'https'],
    ['example.123', 'other', 'https'],
    [`${'a.'.repeat(126)}com`, 'other', 'https'],
    ['', 'other', 'https'],
  ] as const)('takes host %j for %s, spoken to over %s', (hostname, kind, protocol) => {
    expect([hostKind(hostname), protocolOf(hostKind(hostname))]).toEqual([kind, protocol]);
  });
});
