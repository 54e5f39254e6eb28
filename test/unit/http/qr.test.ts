import { describe, expect, it } from '@jest/globals';
import jsqr from 'jsqr';
import { qrSvg, rememberedQr } from '../../../src/http/pages/qr.ts';

const LNURL = 'LNURL1DP68GURN8GHJ7URP0YHX27RPD4CXCEFWDAEXWTMVDE6HYMRS9ASKGCGEXEHSX';

describe('the QR code of a link (FC-29)', () => {
  it.each([
    ['plain', LNURL],
    ['long', LNURL.repeat(12)],
    ['lower case', LNURL.toLowerCase()],
  ])('holds exactly the text that it was given: %s', async (_, text) => {
    const svg = await qrSvg(text);

    expect(decoded(svg)).toBe(text);
  });

  it('brings a light ground and a margin of four modules on each side', async () => {
    const { size, dark } = modules(await qrSvg(LNURL));

    const columns = [...dark].map((at) => at % size);
    const rows = [...dark].map((at) => Math.floor(at / size));
    expect([Math.min(...columns), Math.max(...columns)]).toEqual([4, size - 5]);
    expect([Math.min(...rows), Math.max(...rows)]).toEqual([4, size - 5]);
  });

  it('paints dark on white and carries neither style nor script', async () => {
    const svg = await qrSvg(LNURL);

    expect(svg).toMatch(
      /^<svg xmlns="[^"]+" viewBox="0 0 41 41"[^>]*><path fill="#ffffff" d="M0 0h41v41H0z"\/><path stroke="#000000" d="[^"]+"\/><\/svg>\n$/,
    );
    expect(svg).not.toMatch(/style|script|href/i);
  });

  it('is smaller for text in upper case', async () => {
    const upper = modules(await qrSvg(LNURL));
    const lower = modules(await qrSvg(LNURL.toLowerCase()));

    expect(upper.size).toBeLessThan(lower.size);
  });
});

describe('the memory of codes', () => {
  it('draws a code that was asked for lately only once', async () => {
    const { drawn, qr } = memoryOf(2);

    const answers = [await qr('a'), await qr('a'), await qr('b'), await qr('a')];

    expect(answers).toEqual(['<a>', '<a>', '<b>', '<a>']);
    expect(drawn).toEqual(['a', 'b']);
  });

  it('forgets the code that was not asked for the longest', async () => {
    const { drawn, qr } = memoryOf(2);

    for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) await qr(text);

    expect(drawn).toEqual(['a', 'b', 'c', 'b']);
  });
});

function memoryOf(keep: number) {
  const drawn: string[] = [];
  const qr = rememberedQr(keep, async (text) => {
    drawn.push(text);
    return `<${text}>`;
  });
  return { drawn, qr };
}

/** Reads the picture as a camera that sees black and white. */
function decoded(svg: string): string | undefined {
  const scale = 4;
  const { size, dark } = modules(svg);
  const width = size * scale;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (let at = 0; at < width * width; at += 1) {
    const column = Math.floor((at % width) / scale);
    const row = Math.floor(at / width / scale);
    if (dark.has(row * size + column)) pixels.fill(0, at * 4, at * 4 + 3);
  }
  return jsqr.default(pixels, width, width)?.data;
}

/** The dark modules of our SVG, which draws each run of them as a line: `M` jumps, `m` skips, `h` draws. */
function modules(svg: string): { size: number; dark: ReadonlySet<number> } {
  const size = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]);
  const path = /stroke="#000000" d="([^"]+)"/.exec(svg)?.[1] ?? '';
  const dark = new Set<number>();
  let [column, row] = [0, 0];
  for (const [, kind, x = '', y] of path.matchAll(/([Mmh])(-?[\d.]+)(?:[ ,]?(-?[\d.]+))?/g)) {
    if (kind === 'M') [column, row] = [Number(x), Math.floor(Number(y))];
    else if (kind === 'm') column += Number(x);
    else for (let left = Number(x); left > 0; left -= 1) dark.add(row * size + column++);
  }
  return { size, dark };
}
