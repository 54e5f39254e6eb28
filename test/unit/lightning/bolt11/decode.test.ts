import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../../../src/errors.ts';
import { decodeBolt11 } from '../../../../src/lightning/bolt11/decode.ts';
import { TAG } from '../../../../src/lightning/bolt11/fields.ts';
import { signFrame } from '../../../../src/lightning/bolt11/frame.ts';
import { nodeKeyOf, signerOf } from '../../../../src/lightning/bolt11/signature.ts';
import { pushBytes, pushNumber } from '../../../../src/lightning/bolt11/words.ts';
import { EXAMPLE_PRIVATE_KEY, INVALID, VALID } from '../../../vectors/bolt11.ts';

const PRIVATE_KEY = Buffer.from(EXAMPLE_PRIVATE_KEY, 'hex');
const [EXAMPLE = '', COFFEE = ''] = VALID.map(({ bolt11 }) => bolt11);

type Field = readonly [tag: number, words: readonly number[]];

const hash = (byte: number): number[] => bytes(Buffer.alloc(32, byte));
const bytes = (data: Uint8Array): number[] => {
  const words: number[] = [];
  pushBytes(words, data);
  return words;
};

const HASH: Field = [TAG.p, hash(1)];
const SECRET: Field = [TAG.s, hash(2)];
const TEXT: Field = [TAG.d, bytes(Buffer.from('a text'))];
const MUST: readonly Field[] = [HASH, SECRET, TEXT];

/** A signed invoice of any fields in any order, also such as no honest node would write. */
function invoiceOf(fields: readonly Field[], prefix = 'lnbcrt10u'): string {
  const words: number[] = [];
  pushNumber(words, 1_700_000_000, 7);
  for (const [tag, data] of fields) {
    words.push(tag, data.length >> 5, data.length & 31, ...data);
  }
  return signFrame(prefix, words, signerOf(PRIVATE_KEY));
}

function read(fields: readonly Field[]) {
  return decodeBolt11(invoiceOf(fields), { verifySignature: false });
}

describe('BOLT-11 decoder', () => {
  it.each(VALID)('reads $name', ({ bolt11, says }) => {
    const invoice = decodeBolt11(bolt11);

    expect(invoice).toEqual(says);
  });

  it.each(INVALID)('refuses $name', ({ bolt11, reason }) => {
    const decode = () => decodeBolt11(bolt11);

    expect(decode).toThrow(AppError);
    expect(decode).toThrow(reason);
  });

  it('takes white space around an invoice, but none inside', () => {
    const expected = decodeBolt11(EXAMPLE);

    expect(decodeBolt11(` ${EXAMPLE}\n`)).toEqual(expected);
    expect(() => decodeBolt11(EXAMPLE.replace('p', 'p '))).toThrow('This is not an invoice');
  });

  it('leaves out the payee when the signature is not looked at', () => {
    const quick = decodeBolt11(EXAMPLE, { verifySignature: false });

    expect(quick).toEqual({ ...decodeBolt11(EXAMPLE), payee: undefined });
  });

  it('reads the payee from the field n and checks it against the signature', () => {
    const named: Field = [TAG.n, bytes(Buffer.from(nodeKeyOf(PRIVATE_KEY), 'hex'))];
    const other: Field = [TAG.n, bytes(Buffer.from(nodeKeyOf(Buffer.alloc(32, 7)), 'hex'))];

    expect(decodeBolt11(invoiceOf([...MUST, named])).payee).toBe(nodeKeyOf(PRIVATE_KEY));
    expect(read([...MUST, named]).payee).toBe(nodeKeyOf(PRIVATE_KEY));
    expect(() => decodeBolt11(invoiceOf([...MUST, other]))).toThrow('is not of its node');
  });

  it.each([
    ['lnbc', 'bc', undefined],
    ['lntb1', 'tb', 100_000_000_000n],
    ['lntbs21000000', 'tbs', 2_100_000_000_000_000_000n],
    ['lnbcrt1m', 'bcrt', 100_000_000n],
    ['lnbc2500u', 'bc', 250_000_000n],
    ['lnbc10n', 'bc', 1000n],
    ['lnbc9678785340p', 'bc', 967_878_534n],
    ['lnbc10p', 'bc', 1n],
  ])('reads the prefix %s', (prefix, network, amount) => {
    const invoice = decodeBolt11(invoiceOf(MUST, prefix));

    expect([invoice.network, invoice.amount]).toEqual([network, amount]);
  });

  it.each([
    ['lnbc1p', 'finer than a millisatoshi'],
    ['lnbc01u', 'amount of the invoice is not valid'],
    ['lnbc0u', 'amount of the invoice is not valid'],
    ['lnbc1x', 'amount of the invoice is not valid'],
    ['lnbc1mu', 'amount of the invoice is not valid'],
    ['lnbc-1u', 'amount of the invoice is not valid'],
    ['lnbc1.5u', 'amount of the invoice is not valid'],
    ['lnbc21000001', 'too large'],
    ['lnbc999999999999999999', 'too large'],
    ['lnsb10u', 'unknown network'],
    ['lnltc10u', 'unknown network'],
    ['bc10u', 'unknown network'],
  ])('refuses the prefix %s', (prefix, reason) => {
    const bolt11 = invoiceOf(MUST, prefix);

    expect(() => decodeBolt11(bolt11)).toThrow(reason);
  });

  // Two readers that disagree on a doubled field have been used to draw a payment twice.
  it.each<[string, readonly Field[]]>([
    ['p', [...MUST, [TAG.p, hash(9)]]],
    ['s', [...MUST, [TAG.s, hash(9)]]],
    ['d', [...MUST, [TAG.d, bytes(Buffer.from('other'))]]],
    ['x', [...MUST, [TAG.x, [1, 2]], [TAG.x, [3]]]],
    ['c', [...MUST, [TAG.c, [20]], [TAG.c, [21]]]],
    ['n', [...MUST, keyField(3), keyField(4)]],
    ['h', [HASH, SECRET, [TAG.h, hash(5)], [TAG.h, hash(6)]]],
  ])('takes the first of two fields %s and says that there are two', (_, fields) => {
    const [doubled, single] = [read(fields), read(fields.slice(0, -1))];

    expect(doubled).toEqual({ ...single, doubled: true });
  });

  it.each<[string, readonly Field[]]>([
    ['p', [[TAG.p, hash(9).slice(1)], ...MUST]],
    ['p', [[TAG.p, [...hash(9), 0]], ...MUST]],
    ['s', [[TAG.s, hash(9).slice(1)], ...MUST]],
    ['h', [[TAG.h, hash(9).slice(1)], ...MUST]],
    ['n', [[TAG.n, hash(9)], ...MUST]],
  ])('skips a field %s of a wrong length, as nodes do', (_, fields) => {
    expect(read(fields)).toEqual(read(MUST));
  });

  it.each<[string, readonly Field[]]>([
    ['no payment hash', [SECRET, TEXT]],
    ['no description', [HASH, SECRET]],
    ['a description and a description hash', [...MUST, [TAG.h, hash(5)]]],
    ['no payment secret', [HASH, TEXT]],
    ['A route hint of the invoice is malformed', [...MUST, [TAG.r, [1, 2, 3]]]],
    ['A route hint of the invoice names no node', [...MUST, [TAG.r, bytes(Buffer.alloc(51))]]],
    ['blinded paths and route hints', [HASH, TEXT, [TAG.b, [1]], hintField()]],
    ['The node key of the invoice is not a key', [...MUST, [TAG.n, bytes(Buffer.alloc(33))]]],
    ['A number in the invoice is too large', [...MUST, [TAG.x, new Array(12).fill(31)]]],
    ['expires too far from now', [...MUST, [TAG.x, new Array(10).fill(31)]]],
    ['offers parts without a payment secret', [...MUST, [TAG[9], [4, 0, 0, 0]]]],
  ])('refuses an invoice with: %s', (reason, fields) => {
    expect(() => read(fields)).toThrow(reason);
  });

  it('refuses a field that is longer than the invoice', () => {
    const words: number[] = [];
    pushNumber(words, 1_700_000_000, 7);
    words.push(TAG.p, 1, 20, 0);
    const bolt11 = signFrame('lnbc', words, signerOf(PRIVATE_KEY));

    expect(() => decodeBolt11(bolt11)).toThrow('longer than the invoice');
  });

  it('refuses more than 7,089 characters', () => {
    expect(() => decodeBolt11('l'.repeat(7090))).toThrow('The invoice is too long');
  });

  it('says every refusal in at most 90 ASCII characters, whatever the text', () => {
    const text = fc.oneof(fc.string(), mutated(EXAMPLE), mutated(COFFEE));

    fc.assert(
      fc.property(text, (bolt11) => {
        const refusal = refusalOf(bolt11);
        expect(refusal).toMatch(/^[ -~]{0,90}$/);
      }),
    );
  });
});

function keyField(byte: number): Field {
  return [TAG.n, bytes(Buffer.from(nodeKeyOf(Buffer.alloc(32, byte)), 'hex'))];
}

function hintField(): Field {
  const key = Buffer.from(nodeKeyOf(Buffer.alloc(32, 8)), 'hex');
  return [TAG.r, bytes(Buffer.concat([key, Buffer.alloc(18)]))];
}

/** The reason of the refusal, or nothing when the text is an invoice. */
function refusalOf(bolt11: string): string {
  try {
    decodeBolt11(bolt11, { verifySignature: false });
    return '';
  } catch (error) {
    if (error instanceof AppError && error.code === 'invoice-unacceptable') return error.message;
    throw error;
  }
}

/** The text with one character changed or cut off behind it. */
function mutated(text: string): fc.Arbitrary<string> {
  const at = fc.nat(text.length - 1);
  return fc
    .tuple(at, fc.string({ minLength: 1, maxLength: 1 }), fc.boolean())
    .map(
      ([index, character, cut]) =>
        text.slice(0, index) + character + (cut ? '' : text.slice(index + 1)),
    );
}
