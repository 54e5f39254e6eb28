import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Surroundings } from '../../../../src/cli/surroundings.ts';
import { seedPath, walletSeed } from '../../../../src/cli/wallet/seed.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

describe("the wallet's seed", () => {
  it('is drawn once, kept for its owner alone, and found again', async () => {
    using folder = tempFolder();
    const machine = machineIn(folder.path);

    const first = await walletSeed(machine);
    const second = await walletSeed(machine);

    const path = join(folder.path, 'boltgate', 'wallet-seed');
    expect(Buffer.from(second)).toEqual(Buffer.from(first));
    expect(readFileSync(path, 'utf8')).toBe(`${Buffer.from(first).toString('hex')}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, 'boltgate')).mode & 0o777).toBe(0o700);
  });

  it('is that of the other, when another process draws one at the same time', async () => {
    using folder = tempFolder();
    const machine = machineIn(folder.path);
    const theirs = 'ab'.repeat(32);
    const random = (sizeBytes: number) => {
      mkdirSync(join(folder.path, 'boltgate'));
      writeFileSync(seedPath(machine), theirs);
      return machine.random(sizeBytes);
    };

    const seed = await walletSeed({ ...machine, random });

    expect(Buffer.from(seed).toString('hex')).toBe(theirs);
  });

  it('lies in the home directory when nothing else is said', () => {
    expect(seedPath({ env: {}, homeDir: '/home/ann' })).toBe(
      '/home/ann/.local/share/boltgate/wallet-seed',
    );
  });

  it('is not replaced when it is damaged', async () => {
    using folder = tempFolder();
    const machine = machineIn(folder.path);
    await walletSeed(machine);
    const path = seedPath(machine);
    writeFileSync(path, 'abc\n');

    await expect(walletSeed(machine)).rejects.toThrow(
      `${path} does not hold the seed of a wallet (64 characters of hex)`,
    );
    expect(readFileSync(path, 'utf8')).toBe('abc\n');
  });
});

function machineIn(dataHome: string): Pick<Surroundings, 'env' | 'homeDir' | 'random'> {
  return {
    env: { XDG_DATA_HOME: dataHome },
    homeDir: '/nonexistent',
    random: seededRandom('wallet'),
  };
}
