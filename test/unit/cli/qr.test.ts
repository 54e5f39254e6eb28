import { describe, expect, it } from '@jest/globals';
import jsqr from 'jsqr';
import { terminalQr } from '../../../src/cli/qr.ts';

const LNURL = `LNURL1${'DP68GURN8GHJ7MR9VAJKUEPWD3HXY6T5WVHXXMMD9AKXUATJD3CZ7'.repeat(2)}`;
const PIXELS_PER_MODULE = 4;
const GROUND = '\x1b[38;5;16;48;5;231m';
const PLAIN = '\x1b[0m';

describe('a code in the terminal', () => {
  // FC-29: read back as a scanner does, on a ground of the terminal's own colour around it.
  it.each([
    ['dark', 0],
    ['light', 255],
  ])('is read on a %s terminal', async (_theme, around) => {
    const text = await terminalQr(LNURL);

    expect(scan(modulesOf(text), around)).toBe(LNURL);
  });

  it('has a margin of four light modules on every side', async () => {
    const modules = modulesOf(await terminalQr(LNURL));

    const size = modules.length;
    const margins = [
      ...modules.slice(0, 4),
      ...modules.slice(-4),
      ...modules.map((row) => [...row.slice(0, 4), ...row.slice(-4)]),
    ];
    expect(margins.flat().filter((isDark) => isDark)).toEqual([]);
    expect([size % 2, modules.every((row) => row.length === modules[0]?.length)]).toEqual([
      0,
      true,
    ]);
  });

  it('brings black on white along and leaves the terminal as it was', async () => {
    const lines = (await terminalQr(LNURL)).trimEnd().split('\n');

    const isWhole = lines.every((line) => line.startsWith(GROUND) && line.endsWith(PLAIN));
    expect(isWhole).toBe(true);
  });
});

/** What is printed, two modules a character, dark is true. */
function modulesOf(text: string): boolean[][] {
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const blocks = [...line.replace(GROUND, '').replace(PLAIN, '')];
      return [
        blocks.map((block) => block === '█' || block === '▀'),
        blocks.map((block) => block === '█' || block === '▄'),
      ];
    });
}

/** Draws the modules into a picture with the terminal around it and lets a scanner look at that. */
function scan(modules: readonly (readonly boolean[])[], around: number): string | undefined {
  const border = 8;
  const size = (Math.max(modules.length, modules[0]?.length ?? 0) + 2 * border) * PIXELS_PER_MODULE;
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const row = modules[Math.floor(y / PIXELS_PER_MODULE) - border];
      const isDark = row?.[Math.floor(x / PIXELS_PER_MODULE) - border];
      const shade = isDark === undefined ? around : isDark ? 0 : 255;
      pixels.fill(shade, (y * size + x) * 4, (y * size + x) * 4 + 3);
    }
  }
  return jsqr.default(pixels, size, size)?.data;
}
