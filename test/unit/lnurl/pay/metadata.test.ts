import { describe, expect, it } from '@jest/globals';
import { bech32 } from 'bech32';
import fc from 'fast-check';
import { RequestError } from '../../../../src/errors.ts';
import {
  descriptionHashOf,
  type Preimage,
  parseHex32,
  paymentHashOf,
} from '../../../../src/hex.ts';
import {
  checkMetadata,
  descriptionFault,
  imageFault,
  longDescriptionFault,
  type MetadataParts,
  payMetadata,
  withTag,
} from '../../../../src/lnurl/pay/metadata.ts';
import { anyText } from '../../../support/any-text.ts';
import vectors from '../../../vectors/metadata.json' with { type: 'json' };

const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex').toString('base64');
const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex').toString('base64');

describe('LUD-06 metadata', () => {
  it.each(vectors.hashes)('$metadata has its hash', ({ metadata, hash }) => {
    expect(descriptionHashOf(metadata)).toBe(hash);
  });

  const made = vectors.hashes.filter(({ parts }) => parts !== undefined);
  it.each(made)('$metadata is made of its parts', ({ metadata, parts }) => {
    expect(payMetadata(parts as MetadataParts)).toBe(metadata);
  });

  it.each(vectors.invoices)('is what $bolt11 commits to', ({ bolt11, metadata, ...invoice }) => {
    const preimage = parseHex32<Preimage>(invoice.preimage);
    const words = (hash: string) => bech32.toWords(Buffer.from(hash, 'hex'));
    const field = (hash: string) => bech32.encode('h', words(hash)).slice(2, 54);

    expect(preimage && paymentHashOf(preimage)).toBe(invoice.paymentHash);
    expect(bolt11).toContain(`pp5${field(invoice.paymentHash)}`);
    expect(bolt11).toContain(`hp5${field(descriptionHashOf(metadata))}`);
  });

  it('has all parts in one order, whatever the order they are given in', () => {
    const metadata = payMetadata({
      tag: 'tea',
      email: 'alice@example.com',
      image: { kind: 'jpeg', base64: JPEG },
      longDescription: 'one\ntwo',
      description: 'Pay alice',
    });

    expect(JSON.parse(metadata)).toEqual([
      ['text/plain', 'Pay alice'],
      ['text/long-desc', 'one\ntwo'],
      ['image/jpeg;base64', JPEG],
      ['text/email', 'alice@example.com'],
      ['text/tag', 'tea'],
    ]);
  });

  it('never names an address and a mailbox (LUD-16)', () => {
    const parts = { description: 'a', identifier: 'a@example.com', email: 'a@example.com' };

    expect(() => payMetadata(parts)).toThrow(RangeError);
  });

  it('takes a tag behind frozen text without touching it (LUD-16)', () => {
    fc.assert(
      fc.property(anyText(), fc.stringMatching(/^[a-z0-9]{1,9}$/), (text, tag) => {
        const metadata = payMetadata({ description: text });
        const tagged = withTag(metadata, tag);

        expect(tagged.startsWith(metadata.slice(0, -1))).toBe(true);
        expect(tagged).toBe(payMetadata({ description: text, tag }));
        expect(JSON.parse(tagged)).toEqual([
          ['text/plain', text],
          ['text/tag', tag],
        ]);
      }),
    );
  });
});

describe('what an operator may write into metadata', () => {
  const empty = 'description must not be empty';
  const long = 'description must be at most 639 bytes of UTF-8';
  const lines = 'description must be one line without control characters';

  it.each([
    ['Coffee', undefined],
    ['x'.repeat(639), undefined],
    ['⚡'.repeat(213), undefined],
    ['', empty],
    [' \u00a0', empty],
    ['x'.repeat(640), long],
    ['⚡'.repeat(214), long],
    ['a\nb', lines],
    ['a\u2028b', lines],
    ['a\u0000', lines],
    ['a\ud83d', lines],
  ])('description %j: %j (LUD06-6)', (text, detail) => {
    expect(descriptionFault(text)).toBe(detail);
  });

  it.each([
    ['one\ntwo', undefined],
    ['🚀'.repeat(4_000), undefined],
    ['', 'longDescription must not be empty'],
    ['x'.repeat(4_001), 'longDescription must be at most 4000 characters'],
    ['a\r\nb', 'longDescription must not have control characters other than \\n'],
  ])('long description %j: %j (LUD-20)', (text, detail) => {
    expect(longDescriptionFault(text)).toBe(detail);
  });

  const biggest = Buffer.alloc(136_536 * 0.75, Buffer.from(PNG, 'base64')).toString('base64');
  const notStandard = 'image must be standard base64';

  it.each([
    ['a png', 'png', PNG, undefined],
    ['a jpeg', 'jpeg', JPEG, undefined],
    ['the largest png', 'png', biggest, undefined],
    ['the 8 bytes that begin a png', 'png', 'iVBORw0KGgo=', undefined],
    [
      'a png too large',
      'png',
      `${biggest}AAAA`,
      'image must be at most 136536 characters of base64',
    ],
    [
      'a data: URL',
      'png',
      `data:image/png;base64,${PNG}`,
      'image must be base64 without a data: prefix',
    ],
    ['nothing', 'png', '', 'image is no png'],
    ['a jpeg called png', 'png', JPEG, 'image is no png'],
    ['a png called jpeg', 'jpeg', PNG, 'image is no jpeg'],
    ['a web page', 'png', Buffer.from('<html>').toString('base64'), 'image is no png'],
    ['no padding', 'png', PNG.replace(/=+$/, ''), notStandard],
    ['the alphabet of URLs', 'jpeg', JPEG.replaceAll('/', '_'), notStandard],
    ['a line break', 'png', `${PNG.slice(0, 4)}\n${PNG.slice(4)}`, notStandard],
    ['bits behind the end', 'png', 'iVBORw0KGgp=', notStandard],
    ['other letters', 'png', `${PNG}!`, notStandard],
  ] as const)('image %s (LUD06-5)', (_what, kind, base64, detail) => {
    expect(imageFault({ kind, base64 })).toBe(detail);
  });

  it('passes when it is good, and what is not given is not looked at', () => {
    expect(() => checkMetadata({})).not.toThrow();
    expect(() =>
      checkMetadata({
        description: 'Coffee',
        longDescription: 'With\nmilk',
        image: { kind: 'png', base64: PNG },
      }),
    ).not.toThrow();
  });

  it('is refused with every fault at once', () => {
    const parts = {
      description: '',
      longDescription: '',
      image: { kind: 'png', base64: '' },
    } as const;

    expect(thrownBy(() => checkMetadata(parts))).toMatchObject({
      code: 'invalid-request',
      message: 'description must not be empty',
      fields: [
        { pointer: '/description', detail: 'description must not be empty' },
        { pointer: '/longDescription', detail: 'longDescription must not be empty' },
        { pointer: '/image', detail: 'image is no png' },
      ],
    });
  });
});

function thrownBy(act: () => unknown): RequestError | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof RequestError) return error;
  }
  return undefined;
}
