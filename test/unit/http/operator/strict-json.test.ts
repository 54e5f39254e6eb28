import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestError } from '../../../../src/errors.ts';
import { parseStrictJson } from '../../../../src/http/operator/strict-json.ts';

describe('a JSON text', () => {
  it('is read as JSON.parse reads it, unless it repeats a name', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (text) => {
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['{"a":1,"a":1}', '/a'],
    ['{"a":1,"b":2,"a":3}', '/a'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{ "a" : 1 , "a" \n\t: 2 }', '/a'],
    ['{"x":{"a":1,"a":2}}', '/x/a'],
    ['[0,[1,{"a":1,"a":2}]]', '/1/1/a'],
    ['{"x":[{"a":1},{"b":1,"b":2}]}', '/x/1/b'],
    ['{"x":{"y":"{"},"x":1}', '/x'],
    ['{"a/b~":1,"a/b~":2}', '/a~1b~0'],
    ['{"__proto__":1,"__proto__":2}', '/__proto__'],
    ['{"":1,"":2}', '/'],
  ])('is refused when a name is given twice in one object: %s', (text, pointer) => {
    expect(refusalOf(text)).toMatchObject({
      code: 'invalid-request',
      fields: [{ pointer, detail: 'is given twice' }],
    });
  });

  it.each([
    ['{"a":1,"b":{"a":2}}'],
    ['[{"a":1},{"a":2}]'],
    ['{"a":"a","b":"a"}'],
    ['{"a":"\\"a\\":","b":1}'],
    ['{"a":"\\\\","b":1}'],
    ['["a","a"]'],
    ['{"a":{"b":1},"c":{"b":1}}'],
  ])('may have a name again elsewhere: %s', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it.each([[''], ['{'], ['{"a":1,}'], ["{'a':1}"], ['undefined'], ['01'], ['"\u0001"'], ['{}{}']])(
    'is refused when it is none: %j',
    (text) => {
      expect(refusalOf(text)).toMatchObject({ message: 'The body is not JSON', fields: [] });
    },
  );

  it.each([
    ['lists', 16, 17, (depth: number) => '['.repeat(depth) + ']'.repeat(depth)],
    ['objects', 16, 17, (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
    ['lists', 16, 500_000, (depth: number) => '['.repeat(depth) + ']'.repeat(depth)],
  ])('may nest %s %d deep, but not %d', (_what, most, over, nested) => {
    expect(() => parseStrictJson(nested(most))).not.toThrow();
    expect(refusalOf(nested(over)).message).toBe('The body is nested too deeply');
  });

  it('of a megabyte is read as any other', () => {
    const names = Array.from({ length: 80_000 }, (_, index) => `"n${index}":"\\\\"`).join(',');

    const read = parseStrictJson(`{${names}}`);

    expect(Object.keys(read as object)).toHaveLength(80_000);
  });
});

function refusalOf(text: string): RequestError {
  try {
    parseStrictJson(text);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('it was read');
}
