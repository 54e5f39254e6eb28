import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './mutation.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const COPIED = ['src', 'db', 'test/faults', 'test/support', 'package.json'];

/** A copy of the product outside the tree in which one rule is broken; it is gone when disposed. */
export class MutatedCopy implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'boltgate-mutation-'));

  constructor({ patches }: Mutation) {
    for (const path of COPIED) {
      cpSync(join(PROJECT, path), join(this.folder, path), { recursive: true });
    }
    symlinkSync(join(PROJECT, 'node_modules'), join(this.folder, 'node_modules'));
    for (const { file, before, after } of patches) {
      const path = join(this.folder, file);
      const [head, tail, more] = readFileSync(path, 'utf8').split(before);
      // The rule moved: the mutation has to follow it, or it would prove nothing.
      if (head === undefined || tail === undefined || more !== undefined) {
        throw new Error(`${file} does not hold the text that is to be broken exactly once`);
      }
      writeFileSync(path, `${head}${after}${tail}`);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
