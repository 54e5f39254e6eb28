import { describe, expect, it } from '@jest/globals';
import { childKey, HARDENED, masterKey } from '../../../../src/cli/wallet/bip32.ts';
import { linkingKeyOf, linkingPath } from '../../../../src/cli/wallet/linking-key.ts';

const SEED = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

describe('the key of a wallet for a site', () => {
  // BIP-32, test vector 1: m, m/0', m/0'/1, m/0'/1/2', m/0'/1/2'/2, m/0'/1/2'/2/1000000000.
  it('is derived as BIP-32 says', () => {
    const path = [HARDENED, 1, HARDENED + 2, 2, 1_000_000_000];

    const keys = [masterKey(SEED)];
    for (const index of path) keys.push(childKey(last(keys), index));

    expect(keys.map(({ privateKey }) => hex(privateKey))).toEqual([
      'e8f32e723decf4051aefac8e2c93c9c5b214313817cdb01a1494b917c8436b35',
      'edb2e14f9ee77d26dd93b4ecede8d16ed408ce149b6cd80b0715a2d911a0afea',
      '3c6cb8d0f6a264c91ea8b5030fadaa8e538b020f0a387421a12de9319dc93368',
      'cbce0d719ecf7431d88e6a89fa1483e02e35092af60c042b1df2ff59fa424dca',
      '0f479245fb19a38a1954c5c7c0ebab2f9bdfd96a17563ef28a6a4b1a2a764ef4',
      '471b76e389e528d6de6d816857e012c5455051cad6660850e58372a6c3e6e7c8',
    ]);
  });

  // LUD-05, its own example.
  it('stands at the path that LUD-05 gives a domain', () => {
    const hashingKey = Buffer.from(
      '7d417a6a5e9a6a4a879aeaba11a11838764c8fa2b959c242d43dea682b3e409b',
      'hex',
    );

    expect(linkingPath(hashingKey, 'site.com')).toEqual([
      1_588_488_367, 2_659_270_754, 38_110_259, 4_136_336_762,
    ]);
  });

  it('is the same for a domain every time, and another for each domain and wallet', () => {
    const keys = [
      linkingKeyOf(SEED, 'site.com'),
      linkingKeyOf(SEED, 'site.com'),
      linkingKeyOf(SEED, 'www.site.com'),
      linkingKeyOf(Buffer.alloc(32, 1), 'site.com'),
    ].map(hex);

    expect([keys[0] === keys[1], new Set(keys).size]).toEqual([true, 3]);
  });
});

function last<T>(items: readonly T[]): T {
  const item = items.at(-1);
  if (item === undefined) throw new Error('empty');
  return item;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
