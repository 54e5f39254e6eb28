import { describe, expect, it } from '@jest/globals';
import { pairs, table } from '../../../src/cli/table.ts';
import { columnsOf, localIso, printable } from '../../../src/cli/text.ts';

interface Coffee {
  readonly name: string;
  readonly price: number;
}

describe('a table', () => {
  it('aligns words to the left and numbers to the right', () => {
    const text = table<Coffee>(
      [
        { title: 'PRICE', value: ({ price }) => String(price), align: 'right' },
        { title: 'NAME', value: ({ name }) => name },
        { title: 'LENGTH', value: ({ name }) => String(name.length) },
      ],
      [
        { name: 'Espresso', price: 3 },
        { name: '☕コーヒー', price: 1000 },
        { name: '', price: 12 },
      ],
    );

    expect(text.split('\n')).toEqual([
      'PRICE  NAME        LENGTH',
      '    3  Espresso    8',
      ' 1000  ☕コーヒー  5',
      '   12              0',
      '',
    ]);
  });

  it('is its titles alone when there is nothing', () => {
    expect(table([{ title: 'ID', value: String }], [])).toBe('ID\n');
  });

  it('leaves out a pair without a value', () => {
    const text = pairs([
      ['id', 'pl_1'],
      ['label', undefined],
      ['description', 'Tea'],
    ]);

    expect(text).toBe('id           pl_1\ndescription  Tea\n');
  });
});

describe('a foreign text', () => {
  it.each([
    ['\x1b]0;owned\x07', ' ]0;owned '],
    ['a\r\nb\tc', 'a b c'],
    ['\u202egnp.exe', ' gnp.exe'],
    ['\u009b31m', ' 31m'],
    ['👩‍👩‍👧 fine', '👩‍👩‍👧 fine'],
  ])('%j cannot command the terminal', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each([
    ['abc', 3],
    ['é', 1],
    ['日本', 4],
    ['👩‍👩‍👧', 2],
    ['🇨🇭', 2],
    ['', 0],
  ])('%s takes %i columns', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });
});

describe('a time', () => {
  it('is ISO 8601 with the offset of the machine, and the same moment', () => {
    const moment = new Date('2026-11-25T09:30:00Z');

    const text = localIso(moment);

    expect(text).toMatch(/^2026-11-2\dT\d\d:\d\d:00[+-]\d\d:\d\d$/);
    expect(new Date(text)).toEqual(moment);
  });
});
