import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { GivenSecrets } from '../../config/server-secrets.ts';
import { AppError } from '../../errors.ts';
import { type DatabaseFacts, inspectDatabase } from '../../store/inspect.ts';
import { codeOf } from '../failure.ts';
import { type Check, fail, ok } from './check.ts';
import { looseMode, OTHERS } from './loose-mode.ts';

export interface DataFindings {
  readonly checks: readonly Check[];
  readonly newestInvoice: DatabaseFacts['newestInvoice'];
  readonly channelOffers: number;
}

const KIB = 1024;

/** The data directory, its secrets and the database. */
export async function checkData(config: Config, given: GivenSecrets): Promise<DataFindings> {
  const directory = await checkDirectory(config.dataDir);
  const database = await checkDatabase(config);
  const hasDatabase = database.facts !== undefined;
  const secrets = [
    ...(given.serverSecret ? [] : [await checkSecret(config.dataDir, 'secret', hasDatabase)]),
    ...(given.adminKey ? [] : [await checkSecret(config.dataDir, 'admin-key', hasDatabase)]),
  ];
  return {
    checks: [directory, ...secrets, ...database.checks],
    newestInvoice: database.facts?.newestInvoice,
    channelOffers: database.facts?.channelOffers ?? 0,
  };
}

async function checkDirectory(dataDir: string): Promise<Check> {
  const name = 'data directory';
  const path = resolve(dataDir);
  try {
    if (!(await stat(path)).isDirectory()) {
      return fail(name, `${path} is no directory`, 'set BOLTGATE_DATA_DIR to one');
    }
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(name, path);
  } catch (error) {
    const code = codeOf(error) ?? 'unknown error';
    if (code === 'ENOENT') return ok(name, `${path} is not there yet; the first start makes it`);
    const uid = process.getuid?.();
    const remedy = uid === undefined ? 'give it to the user of the server' : `chown -R ${uid} it`;
    return fail(name, `${path} cannot be written (${code})`, remedy);
  }
}

async function checkSecret(
  dataDir: string,
  file: 'secret' | 'admin-key',
  hasDatabase: boolean,
): Promise<Check> {
  const path = resolve(join(dataDir, file));
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    const code = codeOf(error) ?? 'unknown error';
    if (code !== 'ENOENT') return fail(file, `${path} cannot be read (${code})`);
    if (!hasDatabase || file === 'admin-key') {
      return ok(file, `${path} is not there yet; the next start makes it`);
    }
    return fail(
      file,
      `${path} is not there and the database is`,
      'put it back from the backup: all printed codes depend on it',
    );
  }
  return (await looseMode(file, path, OTHERS)) ?? ok(file, path);
}

async function checkDatabase({ database }: Config): Promise<{
  readonly checks: readonly Check[];
  readonly facts: DatabaseFacts | undefined;
}> {
  const name = 'database';
  // The configuration refuses what is no file.
  if (database.kind !== 'sqlite') return { checks: [], facts: undefined };
  const path = resolve(database.path);
  try {
    const facts = await inspectDatabase(path);
    const loose = await looseMode(name, path, OTHERS);
    return { checks: [...(loose ? [loose] : []), soundness(path, facts), version(facts)], facts };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      const finding = `${path} is not there yet; the first start makes it`;
      return { checks: [ok(name, finding)], facts: undefined };
    }
    const why = error instanceof AppError ? error.message : codeOf(error);
    if (why === undefined) throw error;
    return { checks: [fail(name, `${path} cannot be read: ${why}`)], facts: undefined };
  }
}

function soundness(path: string, { damage, sizeBytes }: DatabaseFacts): Check {
  const size = `${Math.ceil(sizeBytes / KIB)} KiB`;
  if (damage === undefined) return ok('database', `${path}, ${size}: too large to look it through`);
  if (damage.length === 0) return ok('database', `${path}, ${size}, whole`);
  return fail(
    'database',
    `${path} is damaged: ${damage.join(', ')}`,
    'stop the server and go back to the last backup',
  );
}

function version({ applied, known }: DatabaseFacts): Check {
  const name = 'database version';
  if (applied > known) {
    return fail(
      name,
      `it is of a newer Boltgate (${applied} migrations, ${known} known)`,
      'run that version',
    );
  }
  const behind = known - applied;
  return ok(name, behind === 0 ? `${applied}` : `${applied}; the next start makes it ${known}`);
}
