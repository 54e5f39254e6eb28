import { access, mkdir, rm } from 'node:fs/promises';
import { replaceFile, writeNewFile } from '../../config/new-file.ts';
import { codeOf, Refusal } from '../failure.ts';

const OWNER_ONLY = 0o700;

/** Makes the folder, and refuses when one of the files is there already. */
export async function prepareFolder(folder: string, unwanted: readonly string[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  } catch (error) {
    throw new Refusal(`${folder} cannot be made (${codeOf(error) ?? 'unknown error'})`);
  }
  for (const path of unwanted) if (await isThere(path)) throw taken(path);
}

/** Writes all of them, each whole and for its owner alone; what is new goes when one of them fails. */
export async function writeAll(
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
  overwrite: boolean,
): Promise<void> {
  const written: string[] = [];
  try {
    for (const { path, bytes } of files) {
      await (overwrite ? replaceFile(path, bytes) : writeNewFile(path, bytes));
      written.push(path);
    }
  } catch (error) {
    if (!overwrite) for (const path of written) await rm(path, { force: true });
    throw refusalOf(error, files[written.length]?.path ?? '');
  }
}

function refusalOf(error: unknown, path: string): Refusal {
  const code = codeOf(error);
  return code === 'EEXIST'
    ? taken(path)
    : new Refusal(`${path} cannot be written (${code ?? 'unknown error'})`);
}

function taken(path: string): Refusal {
  return new Refusal(`${path} is there already: --force replaces it, --only leaves it out`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
