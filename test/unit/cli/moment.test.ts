import { describe, expect, it } from '@jest/globals';
import { parseMoment } from '../../../src/cli/moment.ts';

describe('a moment on the command line', () => {
  it.each([
    ['2026-12-24T18:00:00Z', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24T18:00Z', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24T18:00:00+01:00', '2026-12-24T17:00:00.000Z'],
    ['2024-02-29T00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(parseMoment(text)?.toISOString()).toBe(iso);
  });

  it.each([
    ['2026-12-24', new Date(2026, 11, 24)],
    ['2026-12-24T18:00', new Date(2026, 11, 24, 18)],
    ['2026-12-24T18:00:30', new Date(2026, 11, 24, 18, 0, 30)],
  ])('%s is in the time zone of the machine', (text, moment) => {
    expect(parseMoment(text)).toEqual(moment);
  });

  it.each([
    [''],
    ['tomorrow'],
    ['2026'],
    ['2026-12'],
    ['24.12.2026'],
    ['2026-13-01'],
    ['2026-02-30'],
    ['2026-02-30T10:00Z'],
    ['2026-12-24T25:00'],
    ['2026-12-24 18:00'],
    ['1735063200'],
  ])('%j is none', (text) => {
    expect(parseMoment(text)).toBeUndefined();
  });
});
