import type { Clock } from '../clock.ts';
import type { ReadFile, Variables } from '../config/environment.ts';
import type { Random } from '../random.ts';

/** Everything outside of it that a command touches, but for the files that its arguments name. */
export interface Surroundings {
  readonly env: Variables;
  readonly homeDir: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly fetch: typeof fetch;
  readonly readFile: ReadFile;
  readonly clock: Clock;
  readonly random: Random;
}
