import { describe, expect, it } from '@jest/globals';
import { readMetadata } from '../../../../src/cli/wallet/metadata.ts';

const PLAIN = ['text/plain', 'Coffee'];

describe('metadata, as a strict wallet reads it', () => {
  it('is a description, and the address that is paid', () => {
    const text = JSON.stringify([
      PLAIN,
      ['text/long-desc', 'with\nmilk'],
      ['image/png;base64', 'iVBORw0KGgo='],
      ['text/identifier', 'alice@example.org'],
      ['text/tag', 'shop'],
    ]);

    expect(readMetadata(text)).toEqual({
      description: 'Coffee',
      identifier: 'alice@example.org',
    });
  });

  // LUD-06, LUD-16, LUD-20; the refusals of several wallets together.
  it.each([
    ['no JSON', 'Coffee', 'The metadata is no JSON'],
    ['no list', '{}', 'The metadata is no list of pairs of texts'],
    ['a pair that is none', '["text/plain"]', 'The metadata is no list of pairs of texts'],
    ['three of a pair', '[["text/plain","a","b"]]', 'The metadata is no list of pairs of texts'],
    ['a number', '[["text/plain",1]]', 'The metadata is no list of pairs of texts'],
    ['nothing', '[]', 'The metadata has no text/plain'],
    ['a picture alone', '[["image/png;base64","AA=="]]', 'The metadata has no text/plain'],
    ['an empty text', '[["text/plain",""]]', 'The metadata has no text/plain'],
    ['two texts', list(PLAIN, PLAIN), 'The metadata has more than one text/plain'],
    [
      'two lines',
      list(['text/plain', 'a\nb']),
      'The metadata has a text/plain that is not one line of at most 639 bytes',
    ],
    [
      'a long text',
      list(['text/plain', 'é'.repeat(320)]),
      'The metadata has a text/plain that is not one line of at most 639 bytes',
    ],
    [
      'a data: picture',
      list(PLAIN, ['image/png;base64', 'data:image/png;base64,AA==']),
      'The metadata has a picture that is not base64 of at most 136536 characters',
    ],
    [
      'two pictures',
      list(PLAIN, ['image/png;base64', 'AA=='], ['image/jpeg;base64', 'AA==']),
      'The metadata has more than one image/png;base64 or image/jpeg;base64',
    ],
    [
      'two addresses',
      list(PLAIN, ['text/email', 'a@b.org'], ['text/identifier', 'a@b.org']),
      'The metadata has more than one text/identifier or text/email',
    ],
    [
      'a capital in the address',
      list(PLAIN, ['text/identifier', 'Alice@example.org']),
      'The metadata names something that is no lightning address',
    ],
  ])('is not %s', (_what, text, message) => {
    expect(() => readMetadata(text)).toThrow(message);
  });
});

function list(...entries: readonly (readonly string[])[]): string {
  return JSON.stringify(entries);
}
