import { createHash } from 'node:crypto';
import type { Random } from '../../src/random.ts';

/** Bytes that are the same in every run, and different for every seed. */
export function seededRandom(seed: string): Random {
  let count = 0;
  return (sizeBytes) => {
    const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, () => {
      count += 1;
      return createHash('sha256').update(`${seed} ${count}`).digest();
    });
    return Buffer.concat(blocks).subarray(0, sizeBytes);
  };
}
