import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o600;

/**
 * Writes a file that is there whole or not at all, also after a power cut, and that only its owner
 * may read. Rejects with EEXIST when a file of this name is there: it is never replaced, because a
 * link fails where a rename would overwrite.
 */
export async function writeNewFile(path: string, content: string | Uint8Array): Promise<void> {
  await write(path, content, async (temporary) => await link(temporary, path));
}

/** Writes such a file in the place of the one that may be there, which stays until then. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await write(path, content, async (temporary) => await rename(temporary, path));
}

async function write(
  path: string,
  content: string | Uint8Array,
  name: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  await rm(temporary, { force: true });
  try {
    await writeDurably(temporary, content);
    await name(temporary);
    await syncDirectory(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', OWNER_ONLY);
  await file.writeFile(content);
  await file.sync();
}

/** The name of a new file is durable only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}
