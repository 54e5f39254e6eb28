import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o600;

/**
 * Writes a file that is there whole or not at all, also after a power cut, and that only its owner
 * may read. Rejects with EEXIST when a file of this name is there: it is never replaced, because a
 * link fails where a rename would overwrite.
 */
export async function writeNewFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  await rm(temporary, { force: true });
  try {
    await writeDurably(temporary, text);
    await link(temporary, path);
    await syncDirectory(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', OWNER_ONLY);
  await file.writeFile(text);
  await file.sync();
}

/** The name of a new file is durable only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}
