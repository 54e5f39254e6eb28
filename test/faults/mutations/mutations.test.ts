import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { MutatedCopy } from './mutated-copy.ts';
import { MUTATIONS } from './mutation.ts';

/** Found by listing schedules; the others take random runs, and longer. */
const FOUND_BY_LISTING = MUTATIONS.filter(({ found }) => found === 'listing');
const LIMIT_MS = 120_000;

describe('the fault harness', () => {
  it.each(FOUND_BY_LISTING.map((mutation) => [mutation.name, mutation] as const))(
    'notices that %s',
    (_, mutation) => {
      using copy = new MutatedCopy(mutation);

      const { status, stdout } = spawnSync(
        process.execPath,
        [
          ...['--import', './test/support/typescript-hooks.js'],
          ...['test/faults/faults.ts', '--stop', '--runs', '0', '--seed', 'mutation'],
        ],
        { cwd: copy.folder, encoding: 'utf8', timeout: LIMIT_MS },
      );

      expect(status).toBe(1);
      expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ violations: 1 });
    },
    LIMIT_MS,
  );
});
