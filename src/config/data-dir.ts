import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { codeOf } from './environment.ts';

const OWNER_ONLY = 0o700;

/**
 * Makes the data directory and sees that we may write there; throws ConfigError with the remedy
 * (FC-24). It tries to, because access rights do not tell of read-only mounts and access lists.
 */
export async function prepareDataDir(dataDir: string, uid: number | undefined): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: OWNER_ONLY });
    await rmdir(await mkdtemp(join(dataDir, '.probe-')));
  } catch (error) {
    throw new ConfigError([dataDirMistake(dataDir, uid, error)]);
  }
}

/** One sentence: the directory, who must be able to write there, and the line that makes it so. */
function dataDirMistake(dataDir: string, uid: number | undefined, error: unknown): string {
  const path = resolve(dataDir);
  const failure = `BOLTGATE_DATA_DIR: ${path} cannot be written (${codeOf(error)})`;
  if (uid === undefined) return `${failure}; let the user of this process write there`;
  return `${failure}; it must be a directory that uid ${uid} may write: chown -R ${uid} '${path}'`;
}
