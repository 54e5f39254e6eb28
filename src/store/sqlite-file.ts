import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StoreError } from '../errors.ts';
import { codeOf } from './sqlite-error.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Makes sure of a database file that only we may read, in a directory that we may write, and returns
 * its real path. What stands in the way becomes one sentence for the operator (FC-24).
 */
export function prepareFile(path: string): string {
  const file = resolve(path);
  const directory = dirname(file);
  try {
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
    // SQLite keeps its journal beside the file, so the directory must be writable too.
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    createPrivately(file);
    accessSync(file, constants.R_OK | constants.W_OK);
    return realpathSync(file);
  } catch (cause) {
    throw new StoreError(
      'store-unavailable',
      obstacle(directory, codeOf(cause) ?? 'unknown reason'),
      { cause },
    );
  }
}

/**
 * Creates an empty file for us alone. One that exists is not even opened: to close any handle of a
 * file drops all locks that this process has on it (POSIX), also those of a store that is open.
 */
function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'wx', FILE_MODE));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** What keeps us from a directory, and what mends it. */
function obstacle(directory: string, code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM': {
      const uid = process.geteuid?.() ?? 'of this process';
      const owner = `${uid}:${process.getegid?.() ?? ''}`;
      return `The data directory ${directory} must be writable for uid ${uid}: run "chown -R ${owner} ${existing(directory)}"`;
    }
    case 'EROFS':
      return `The data directory ${directory} is on a read-only file system: mount it writable`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `The data directory ${directory} cannot be made: a part of its path is a file`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `The data directory ${directory} has no space left`;
    default:
      return `The data directory ${directory} cannot be used (${code})`;
  }
}

/** The directory itself, or the nearest one above it that is there to be given away. */
function existing(directory: string): string {
  return existsSync(directory) ? directory : existing(dirname(directory));
}
