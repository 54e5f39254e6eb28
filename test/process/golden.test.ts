import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { decodeBolt11 } from '../../src/lightning/bolt11/decode.ts';
import { decodeLnurl } from '../../src/lnurl/lnurl.ts';
import { PROJECT, runServer, startServer } from '../support/server-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Client, pathOf } from './client.ts';
import { GOLDEN, type Golden, NODE_JOURNAL } from './golden.ts';

const TEST_LIMIT_MS = 120_000;
const RELEASES = readdirSync(GOLDEN, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

it('has golden files of the version that is built', () => {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));

  expect(RELEASES).toContain(version);
});

// FC-23: printed codes outlive the version that printed them.
describe.each(RELEASES)('what version %s handed out', (release) => {
  const golden: Golden = JSON.parse(readFileSync(join(GOLDEN, release, 'promises.json'), 'utf8'));
  const env = { BOLTGATE_SECRET: golden.secret, BOLTGATE_PUBLIC_URL: golden.publicUrl };

  it(
    'is served by this version',
    async () => {
      using copy = copyOf(release);
      await using started = await startServer({ dataDir: copy.dataDir, env });
      using client = new Client(started.origin);

      for (const { lnurl, url } of golden.codes) {
        expect(decodeLnurl(lnurl)).toBe(url);
        expect(golden.answers.map(({ path }) => path)).toContain(pathOf(url));
        expect((await client.get(`${pathOf(url)}/qr.svg`)).status).toBe(200);
      }
      for (const { path, body } of golden.answers) {
        expect(await client.json(path)).toMatchObject(body);
      }
      for (const { path, metadata } of golden.callbacks) {
        const { pr } = await client.json<{ pr: string }>(`${path}?amount=1000`);
        expect(decodeBolt11(pr).descriptionHash).toBe(sha256(metadata));
      }
    },
    TEST_LIMIT_MS,
  );

  it.each([
    ['another secret', { BOLTGATE_SECRET: '00'.repeat(32) }, 'made with another secret'],
    [
      'another login host',
      { BOLTGATE_PUBLIC_URL: 'https://pay.example.net' },
      `${golden.linkingKeys} key`,
    ],
  ])(
    'is guarded against %s, and nothing is written, not even a migration',
    async (_, other, reason) => {
      using copy = copyOf(release);
      const before = schemaOf(copy.dataDir);

      const ending = await runServer({ dataDir: copy.dataDir, env: { ...env, ...other } });

      expect(ending).toMatchObject({ code: 78, stderr: expect.stringContaining(reason) });
      expect(schemaOf(copy.dataDir)).toEqual(before);
    },
    TEST_LIMIT_MS,
  );
});

/** A data directory as a release left it. */
function copyOf(release: string): { readonly dataDir: string } & Disposable {
  const folder = tempFolder();
  const dataDir = join(folder.path, 'data');
  mkdirSync(dataDir);
  copyFileSync(join(GOLDEN, release, NODE_JOURNAL), join(dataDir, NODE_JOURNAL));
  const database = new Database(join(dataDir, 'boltgate.db'));
  database.exec(readFileSync(join(GOLDEN, release, 'database.sql'), 'utf8'));
  database.close();
  return { dataDir, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** Everything that a migration would change. */
function schemaOf(dataDir: string): unknown[] {
  const database = new Database(join(dataDir, 'boltgate.db'), { readonly: true });
  try {
    return [
      database.prepare('select name, sql from sqlite_master').all(),
      database.prepare('select * from migrations').all(),
    ];
  } finally {
    database.close();
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
