import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeNewFile } from '../../config/new-file.ts';
import { codeOf, Refusal } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';

type Machine = Pick<Surroundings, 'env' | 'homeDir' | 'random'>;

const SEED_BYTES = 32;
const OWNER_ONLY = 0o700;

/** Where the wallet keeps its seed: with the user's own data, not with the server's. */
export function seedPath({ env, homeDir }: Omit<Machine, 'random'>): string {
  const dataHome = env.XDG_DATA_HOME || join(homeDir, '.local', 'share');
  return join(dataHome, 'boltgate', 'wallet-seed');
}

/** The seed of the wallet's login keys; draws it the first time. Throws Refusal when it cannot. */
export async function walletSeed(machine: Machine): Promise<Uint8Array> {
  const path = seedPath(machine);
  const kept = read(path) ?? (await draw(path, machine));
  if (/^[0-9a-f]{64}$/.test(kept)) return Buffer.from(kept, 'hex');
  throw new Refusal(`${path} does not hold the seed of a wallet (64 characters of hex)`);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new Refusal(`${path} cannot be read (${codeOf(error) ?? 'unknown error'})`);
  }
}

async function draw(path: string, { random }: Machine): Promise<string> {
  const seed = Buffer.from(random(SEED_BYTES)).toString('hex');
  try {
    mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY });
    await writeNewFile(path, `${seed}\n`);
    return seed;
  } catch (error) {
    const code = codeOf(error);
    // Another wallet was faster: its seed is the one that counts.
    if (code === 'EEXIST') return read(path) ?? '';
    throw new Refusal(`${path} cannot be written (${code ?? 'unknown error'})`);
  }
}
