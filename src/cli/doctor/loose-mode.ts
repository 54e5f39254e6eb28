import { stat } from 'node:fs/promises';
import { type Check, warn } from './check.ts';

/** Whom a file may be read by beside its owner: nobody, or those of its group at most. */
export const OTHERS = 0o077;
export const STRANGERS = 0o007;

/** Warns of a file that more may read than should; undefined when it is well, or not there. */
export async function looseMode(
  name: string,
  path: string,
  unwanted: typeof OTHERS | typeof STRANGERS,
): Promise<Check | undefined> {
  // Where there are no such ids, modes say nothing.
  if (process.getuid === undefined) return undefined;
  const mode = await stat(path).then(
    (found) => found.mode,
    () => 0,
  );
  if ((mode & unwanted) === 0) return undefined;
  return warn(name, `${path} may be read by others`, `chmod 600 ${path}`);
}
