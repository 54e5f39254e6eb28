import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { prepareFile } from '../../../src/store/sqlite-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Nobody, to whom the kernel refuses what it never refuses to root. */
const NOBODY = 65_534;

function asUnprivileged<T>(act: () => T): T {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid?.(NOBODY);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

describe('the file of a store (FC-24)', () => {
  it('is made with its directories, for us alone', () => {
    using folder = tempFolder();
    const file = join(folder.path, 'a', 'b', 'boltgate.db');

    expect(prepareFile(file)).toBe(file);

    const mode = (path: string) => statSync(path).mode & 0o777;
    expect([mode(file), mode(join(file, '..')), mode(join(file, '../..'))]).toEqual([
      0o600, 0o700, 0o700,
    ]);
  });

  it('is left as it is when it exists', () => {
    using folder = tempFolder();
    const file = join(folder.path, 'boltgate.db');
    writeFileSync(file, 'something', { mode: 0o640 });

    prepareFile(file);

    expect([statSync(file).size, statSync(file).mode & 0o777]).toEqual([9, 0o640]);
  });

  it('names directory, uid and the chown line when the directory is not ours to write', () => {
    using folder = tempFolder();
    chmodSync(folder.path, 0o555);
    const data = join(folder.path, 'data');
    const uid = process.geteuid?.() === 0 ? NOBODY : process.geteuid?.();
    const owner = `${uid}:${process.getegid?.()}`;

    expect(() => asUnprivileged(() => prepareFile(join(data, 'boltgate.db')))).toThrow(
      expect.objectContaining({
        name: 'StoreError',
        message: `The data directory ${data} must be writable for uid ${uid}: run "chown -R ${owner} ${folder.path}"`,
      }),
    );
  });

  it('says when a part of the path is a file', () => {
    using folder = tempFolder();
    const data = join(folder.path, 'data');
    writeFileSync(data, '');

    for (const directory of [data, join(data, 'deeper')]) {
      expect(() => prepareFile(join(directory, 'boltgate.db'))).toThrow(
        `The data directory ${directory} cannot be made: a part of its path is a file`,
      );
    }
  });

  it('takes a directory that is there already', () => {
    using folder = tempFolder();
    const data = join(folder.path, 'data');
    mkdirSync(data, { mode: 0o750 });

    prepareFile(join(data, 'boltgate.db'));

    expect(statSync(data).mode & 0o777).toBe(0o750);
  });
});
