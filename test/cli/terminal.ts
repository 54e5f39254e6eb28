import { readFileSync } from 'node:fs';
import { run } from '../../src/cli/run.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** What a command left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export const ADMIN_KEY = 'bg_0123456789abcdefghijklmnopqrstuv';

/** A terminal in which commands are typed; `changes` say what is different from an empty machine. */
export function terminal(changes: Partial<Surroundings> = {}) {
  const clock = { now: () => Date.now(), sleep: async () => {} };
  return async (...args: readonly string[]): Promise<Ran> => {
    let out = '';
    let err = '';
    const code = await run(args, {
      env: { BOLTGATE_ADMIN_KEY: ADMIN_KEY },
      homeDir: '/nonexistent',
      fetch,
      readFile: (path) => readFileSync(path, 'utf8'),
      clock,
      random: seededRandom('terminal'),
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      ...changes,
    });
    return { code, out, err };
  };
}
