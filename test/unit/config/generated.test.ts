import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../src/config/config-error.ts';
import { type PrepareOptions, prepareSecrets } from '../../../src/config/generated.ts';
import { Secret } from '../../../src/config/secret.ts';
import type { Log } from '../../../src/log.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NONE = { serverSecret: undefined, adminKey: undefined };
const HEX = 'ab'.repeat(32);
const KEY = 'bg_an-admin-key-of-at-least-32-characters';

describe('the first start', () => {
  it('draws both secrets and writes nothing before it is told to keep them', async () => {
    using folder = tempFolder();
    const dataDir = join(folder.path, 'new/data');

    const prepared = await prepareSecrets(options(dataDir));

    expect(prepared.serverSecret.reveal()).toMatch(/^[0-9a-f]{64}$/);
    expect(prepared.adminKey.reveal()).toMatch(/^bg_[A-Za-z0-9_-]{43}$/);
    expect([prepared.adminKeyPath, prepared.adminKeyIsNew]).toEqual([
      join(dataDir, 'admin-key'),
      true,
    ]);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('keeps them for their owner alone, and leaves nothing else behind', async () => {
    using folder = tempFolder();
    const prepared = await prepareSecrets(options(folder.path));

    await prepared.keep();

    expect(filesOf(folder.path)).toEqual({
      'admin-key': { mode: '600', text: `${prepared.adminKey.reveal()}\n` },
      secret: { mode: '600', text: `${prepared.serverSecret.reveal()}\n` },
    });
  });

  it('draws again when nothing was kept', async () => {
    using folder = tempFolder();
    const random = seededRandom('two starts');

    const first = await prepareSecrets({ ...options(folder.path), random });
    const second = await prepareSecrets({ ...options(folder.path), random });

    expect(second.serverSecret.reveal()).not.toBe(first.serverSecret.reveal());
  });

  it('never replaces what another process kept in the meantime', async () => {
    using folder = tempFolder();
    const first = await prepareSecrets(options(folder.path, { random: seededRandom('first') }));
    const second = await prepareSecrets(options(folder.path, { random: seededRandom('second') }));
    await first.keep();

    await expect(second.keep()).rejects.toThrow(
      new ConfigError([`${join(folder.path, 'secret')}: cannot be written (EEXIST)`]),
    );

    expect(filesOf(folder.path)).toEqual({
      'admin-key': { mode: '600', text: `${first.adminKey.reveal()}\n` },
      secret: { mode: '600', text: `${first.serverSecret.reveal()}\n` },
    });
  });
});

describe('a later start', () => {
  it('finds what the first one kept', async () => {
    using folder = tempFolder();
    const first = await prepareSecrets(options(folder.path));
    await first.keep();

    const second = await prepareSecrets(options(folder.path, { random: seededRandom('other') }));
    await second.keep();

    expect([second.serverSecret.reveal(), second.adminKey.reveal()]).toEqual([
      first.serverSecret.reveal(),
      first.adminKey.reveal(),
    ]);
    expect([second.adminKeyPath, second.adminKeyIsNew]).toEqual([
      join(folder.path, 'admin-key'),
      false,
    ]);
  });

  it('goes on where a start was cut off between the two files', async () => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, 'secret'), HEX, { mode: 0o600 });
    writeFileSync(join(folder.path, `admin-key.${process.pid}.new`), 'half of it');

    const prepared = await prepareSecrets(options(folder.path));
    await prepared.keep();

    expect(filesOf(folder.path)).toEqual({
      'admin-key': { mode: '600', text: `${prepared.adminKey.reveal()}\n` },
      secret: { mode: '600', text: HEX },
    });
    expect(prepared.serverSecret.reveal()).toBe(HEX);
  });

  it('warns of a file that others may read', async () => {
    using folder = tempFolder();
    const warnings: unknown[] = [];
    const path = join(folder.path, 'secret');
    writeFileSync(path, HEX);
    chmodSync(path, 0o640);

    await prepareSecrets(options(folder.path, { log: warningsTo(warnings) }));

    expect(warnings).toEqual([['A secret file may be read by others: chmod 600', { path }]]);
  });

  it.each([
    ['secret', 'x', '64 characters of hex (32 random bytes)'],
    ['secret', '', '64 characters of hex (32 random bytes)'],
    ['admin-key', 'short', '32 to 512 printable ASCII characters without a space'],
  ])(
    'refuses a file %s that holds %j, and says nothing of what it holds',
    async (name, text, wanted) => {
      using folder = tempFolder();
      const path = join(folder.path, name);
      writeFileSync(path, text, { mode: 0o600 });

      await expect(prepareSecrets(options(folder.path))).rejects.toThrow(
        new ConfigError([`${path}: does not hold ${wanted}`]),
      );
    },
  );

  it('refuses a file that cannot be read', async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, 'secret'), { mode: 0o700 });

    await expect(prepareSecrets(options(folder.path))).rejects.toThrow(
      new ConfigError([`${join(folder.path, 'secret')}: cannot be read (EISDIR)`]),
    );
  });
});

describe('secrets of the environment', () => {
  it('win over files and are not written', async () => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, 'secret'), HEX, { mode: 0o600 });
    const given = { serverSecret: new Secret('cd'.repeat(32)), adminKey: new Secret(KEY) };

    const prepared = await prepareSecrets(options(folder.path, { given }));
    await prepared.keep();

    expect([prepared.serverSecret.reveal(), prepared.adminKey.reveal()]).toEqual([
      'cd'.repeat(32),
      KEY,
    ]);
    expect([prepared.adminKeyPath, prepared.adminKeyIsNew]).toEqual([undefined, false]);
    expect(filesOf(folder.path)).toEqual({ secret: { mode: '600', text: HEX } });
  });
});

// FC-24: a fresh bind mount belongs to root, the image runs as another user.
describe('a data directory that cannot be written', () => {
  it('is named with the user that wants it and the line that mends it', async () => {
    using folder = tempFolder();
    const dataDir = join(folder.path, 'mount');
    mkdirSync(dataDir);
    chmodSync(dataDir, 0o555);
    chmodSync(folder.path, 0o755);

    const refused = asUnprivileged(() => prepareSecrets(options(dataDir, { uid: 1000 })));

    await expect(refused).rejects.toThrow(
      new ConfigError([
        `BOLTGATE_DATA_DIR: ${dataDir} cannot be written (EACCES); it must be a directory that uid 1000 may write: chown -R 1000 '${dataDir}'`,
      ]),
    );
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('may also be a file, or lie below one', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');

    const refused = [file, join(file, 'data')].map(async (path) => {
      const error = await prepareSecrets(options(path, { uid: undefined })).catch(String);
      return typeof error === 'string' ? error.split('\n  ').at(-1) : 'accepted';
    });

    expect(await Promise.all(refused)).toEqual([
      `BOLTGATE_DATA_DIR: ${file} cannot be written (EEXIST); let the user of this process write there`,
      `BOLTGATE_DATA_DIR: ${file}/data cannot be written (ENOTDIR); let the user of this process write there`,
    ]);
  });
});

function options(dataDir: string, changes: Partial<PrepareOptions> = {}): PrepareOptions {
  const random = seededRandom('secrets');
  return { dataDir, given: NONE, random, log: warningsTo([]), uid: 1000, ...changes };
}

function warningsTo(warnings: unknown[]): Log {
  const ignore = () => undefined;
  const warn: Log['warn'] = (...line) => warnings.push(line);
  return { debug: ignore, info: ignore, warn, error: ignore };
}

function filesOf(folder: string): Record<string, { mode: string; text: string }> {
  const entries = readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const mode = (statSync(path).mode & 0o777).toString(8);
    return [name, { mode, text: readFileSync(path, 'utf8') }] as const;
  });
  return Object.fromEntries(entries);
}

/** Root may write everywhere, so a test that runs as root works as somebody else for a while. */
async function asUnprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return await work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
