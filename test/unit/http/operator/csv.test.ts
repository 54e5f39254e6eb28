import { describe, expect, it } from '@jest/globals';
import { csvLine } from '../../../../src/http/operator/csv.ts';

describe('a line of CSV', () => {
  it.each<[cells: (string | number | undefined)[], line: string]>([
    [['a', 'b c', 5, -5, undefined, ''], 'a,b c,5,-5,,'],
    [['a,b'], '"a,b"'],
    [['say "hi"'], '"say ""hi"""'],
    [['two\nlines'], '"two\nlines"'],
    [['one\rtwo'], '"one\rtwo"'],
    [['Prêt ☕'], 'Prêt ☕'],
  ])('holds %j as RFC 4180 has it', (cells, line) => {
    expect(csvLine(cells)).toBe(`${line}\r\n`);
  });

  // Hazard 3.24: a spreadsheet computes what begins like a formula.
  it.each([
    ['=1+1', "'=1+1"],
    ['=HYPERLINK("https://evil.test","a")', `"'=HYPERLINK(""https://evil.test"",""a"")"`],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['\n=1', `"'\n=1"`],
    ['＝1+1', "'＝1+1"],
    ['a=1', 'a=1'],
    ["'=1", "'=1"],
  ])('lets no spreadsheet compute %j', (cell, safe) => {
    expect(csvLine([cell])).toBe(`${safe}\r\n`);
  });
});
