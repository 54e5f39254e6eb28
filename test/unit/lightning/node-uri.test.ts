import { describe, expect, it } from '@jest/globals';
import { reachableUri } from '../../../src/lightning/node-uri.ts';

const KEY = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const at = (address: string) => `${KEY}@${address}`;
const ONION = `${'a'.repeat(56)}.onion:9735`;

function pick(announced: readonly string[], setting?: string, local = false) {
  return reachableUri({ setting, announced, local });
}

describe('where wallets connect to our node (FC-19)', () => {
  it.each([
    [['203.0.113.5:9735']],
    [['node.example.org:9735']],
    [['[2001:db8::5]:9735']],
    [[ONION]],
    [[ONION, '203.0.113.5:9735'], '203.0.113.5:9735'],
    [[ONION, '[2001:db8::5]:9735'], '[2001:db8::5]:9735'],
    [['[2001:db8::5]:9735', 'node.example.org:9735'], 'node.example.org:9735'],
    [['10.0.0.5:9735', '203.0.113.5:9736', '203.0.113.6:9735'], '203.0.113.5:9736'],
  ])('is of %j the first that most of them reach', (announced, best = announced[0]) => {
    expect(pick(announced.map(at))).toBe(at(best ?? ''));
  });

  it.each([
    ['0.0.0.0:9735'],
    ['10.0.0.5:9735'],
    ['100.64.0.1:9735'],
    ['127.0.0.1:9735'],
    ['169.254.1.1:9735'],
    ['172.31.255.255:9735'],
    ['192.168.1.2:9735'],
    ['224.0.0.1:9735'],
    ['255.255.255.255:9735'],
    ['[::]:9735'],
    ['[::1]:9735'],
    ['[fe80::1]:9735'],
    ['[fd00::1]:9735'],
    ['[ff02::1]:9735'],
    ['[::ffff:10.0.0.5]:9735'],
    ['localhost:9735'],
    ['umbrel.local:9735'],
    ['node:9735'],
    ['node.example.org'],
    ['node.example.org:0'],
    ['node.example.org:65536'],
    ['1.2.3:9735'],
    [''],
  ])('is not %s', (address) => {
    expect(pick([at(address)])).toBeUndefined();
  });

  it.each([[''], ['203.0.113.5:9735'], [`04${KEY.slice(2)}@203.0.113.5:9735`], [`${KEY}@`]])(
    'is not %j, which is no address of a node',
    (uri) => {
      expect(pick([uri])).toBeUndefined();
    },
  );

  it('is nowhere when nothing is announced', () => {
    expect(pick([])).toBeUndefined();
  });

  it('is what the operator says, whatever the node announces', () => {
    expect(pick([at('203.0.113.5:9735')], at(ONION))).toBe(at(ONION));
    expect(pick([], at('10.0.0.5:9735'))).toBe(at('10.0.0.5:9735'));
  });

  it.each([['localhost:9735'], ['127.0.0.1:9735']])(
    'may be %s for the demo network, which lives on this machine',
    (address) => {
      expect(pick([at(address)], undefined, true)).toBe(at(address));
      expect(pick([at('10.0.0.5:9735')], undefined, true)).toBeUndefined();
    },
  );
});
