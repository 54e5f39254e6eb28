import { describe, expect, it } from '@jest/globals';
import jsqr from 'jsqr';
import { qrPath } from '../../../../src/http/pages/qr-path.ts';

/** Pixels a module, as on a small print. */
const SCALE = 3;

describe('the path of a QR code', () => {
  it.each([
    ['LNURL1DP68GURN8GHJ7URP0YHX27RPD4CXCEFWDAEXWTMVDE6HYMRH9A3K2AM0W46NX7TGV9UN2MMZW4MRV6TJD4M8X'],
    ['A'],
    ['é☕ not a link'],
  ])('reads as %s', (text) => {
    const { size, path } = qrPath(text);

    const side = size * SCALE;
    const decoded = jsqr.default(drawn(path, size), side, side, {
      inversionAttempts: 'dontInvert',
    });
    expect(decoded?.data).toBe(text);
  });

  it('leaves four light modules all around (FC-29)', () => {
    const { size, path } = qrPath('LNURL1');

    const bars = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)].map((bar) => bar.map(Number));

    const edge = size - 4;
    for (const [, x = 0, y = 0, width = 0, back] of bars) {
      expect([x >= 4, y >= 4, x + width <= edge, y < edge, back]).toEqual([
        ...[true, true, true, true],
        width,
      ]);
    }
    expect(path.replace(/M\d+ \d+h\d+v1h-\d+z/g, '')).toBe('');
  });
});

function drawn(path: string, size: number): Uint8ClampedArray {
  const side = size * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
    for (let row = Number(y) * SCALE; row < (Number(y) + 1) * SCALE; row += 1) {
      const from = (row * side + Number(x) * SCALE) * 4;
      for (let at = from; at < from + Number(width) * SCALE * 4; at += 4)
        pixels.fill(0, at, at + 3);
    }
  }
  return pixels;
}
