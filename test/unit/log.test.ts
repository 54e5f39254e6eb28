import { describe, expect, it } from '@jest/globals';
import { startChild } from '../support/child.ts';

/** What a process of its own writes that logs at `level`, line by line. */
async function told(level: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  await using child = startChild('log-child.ts', [level]);
  const lines: string[] = [];
  for await (const line of child.lines) lines.push(line);
  return lines.map((line) => JSON.parse(line));
}

describe('the log', () => {
  it('is one JSON line an outcome, with its level, time and fields', async () => {
    const lines = await told('debug');

    expect(lines.map(({ time: _, ...line }) => line)).toEqual([
      { level: 'debug', msg: 'looked' },
      { level: 'info', msg: 'settled', amount: '2100000000000000000', count: 1, ok: true },
      { level: 'warn', msg: 'slow', after: 'a "quote"\n' },
      { level: 'error', msg: 'broken', stack: expect.stringMatching(/^ {4}at /) },
      { level: 'error', msg: 'odd', stack: '' },
      { level: 'error', msg: 'no stack' },
    ]);
    for (const { time } of lines) expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('keeps the message of an error to itself, for it may hold a secret', async () => {
    expect(JSON.stringify(await told('debug'))).not.toContain('a secret');
  });

  it.each([
    ['info', 5],
    ['warn', 4],
    ['error', 3],
    ['silent', 0],
  ])('leaves out what is below %s', async (level, count) => {
    expect(await told(level)).toHaveLength(count);
  });
});
