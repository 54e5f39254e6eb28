import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const PROJECT = join(import.meta.dirname, '../..');
const BIOME = join(PROJECT, 'node_modules/@biomejs/biome/bin/biome');
const NO_RESTRICTED_IMPORTS = 'lint/style/noRestrictedImports';

interface Layer {
  readonly file: string;
  readonly refused: readonly string[];
  readonly allowed: readonly string[];
}

/** The drawing of src/README.md as data: what a file of each room may import, and what not. */
const layers: readonly Layer[] = [
  {
    file: 'src/value.ts',
    refused: [
      './http/app.ts',
      './lnurl/lnurl.ts',
      './payments/invoice.ts',
      './accounts/pay-links.ts',
      './lightning/node.ts',
      './store/sql.ts',
      './events/event.ts',
      './config/config.ts',
      './cli/boltgate.ts',
      './metrics/metrics.ts',
      './service.ts',
      'express',
      'better-sqlite3',
      'prom-client',
    ],
    allowed: ['./msat.ts', 'node:crypto', 'pino'],
  },
  {
    file: 'src/config/config.ts',
    refused: [
      '../http/app.ts',
      '../lnurl/lnurl.ts',
      '../payments/invoice.ts',
      '../accounts/pay-links.ts',
      '../lightning/node.ts',
      '../store/sql.ts',
      '../events/event.ts',
      '../cli/boltgate.ts',
      '../main.ts',
      'express',
      'better-sqlite3',
    ],
    allowed: ['./secret.ts', '../msat.ts', 'zod'],
  },
  {
    file: 'src/events/tail.ts',
    refused: ['../http/app.ts', '../payments/invoice.ts', '../store/sql.ts', '../config/config.ts'],
    allowed: ['./event.ts', '../clock.ts'],
  },
  {
    file: 'src/metrics/node-metrics.ts',
    refused: [
      '../http/app.ts',
      '../payments/invoice.ts',
      '../accounts/pay-links.ts',
      '../lightning/node.ts',
      '../store/sql.ts',
      '../events/event.ts',
      '../config/config.ts',
      '../service.ts',
      'express',
      'better-sqlite3',
    ],
    allowed: ['./metrics.ts', '../msat.ts', '../clock.ts', 'prom-client'],
  },
  {
    file: 'src/lightning/demo/demo-node.ts',
    refused: [
      '../../http/app.ts',
      '../../lnurl/lnurl.ts',
      '../../payments/invoice.ts',
      '../../accounts/pay-links.ts',
      '../../store/sql.ts',
      '../../config/config.ts',
      'express',
      'better-sqlite3',
    ],
    allowed: ['../node.ts', '../bolt11/decode.ts', './network.ts', '../../clock.ts'],
  },
  {
    file: 'src/lnurl/pay/pay.ts',
    refused: [
      '../../http/app.ts',
      '../../store/sql.ts',
      '../../lightning/node.ts',
      '../../lightning/demo/demo-node.ts',
      '../../events/event.ts',
      '../../cli/boltgate.ts',
      'express',
      'better-sqlite3',
      'pg',
    ],
    allowed: ['../lnurl.ts', './metadata.ts', '../../msat.ts', '../../payments/invoices.ts'],
  },
  {
    file: 'src/payments/invoices.ts',
    refused: [
      '../http/app.ts',
      '../lnurl/lnurl.ts',
      '../store/sql.ts',
      '../cli/boltgate.ts',
      '../lightning/demo/demo-node.ts',
      '../lightning/lnd/lnd-node.ts',
      '../metrics/money-metrics.ts',
      'express',
      'better-sqlite3',
      'prom-client',
    ],
    allowed: [
      './invoice.ts',
      '../events/event.ts',
      '../lightning/node.ts',
      '../lightning/bolt11/decode.ts',
      '../msat.ts',
    ],
  },
  {
    file: 'src/accounts/pay-links.ts',
    refused: [
      '../http/app.ts',
      '../store/sql.ts',
      '../cli/boltgate.ts',
      '../lightning/demo/demo-node.ts',
      'express',
      'better-sqlite3',
    ],
    allowed: ['./tokens.ts', '../msat.ts', '../events/event.ts', '../payments/invoice.ts'],
  },
  {
    file: 'src/store/invoices.ts',
    refused: [
      '../http/app.ts',
      '../cli/boltgate.ts',
      '../lightning/demo/demo-node.ts',
      '../service.ts',
      'express',
    ],
    allowed: [
      './sql.ts',
      '../payments/invoice.ts',
      '../accounts/pay-links.ts',
      '../events/event.ts',
      '../lnurl/pay/metadata.ts',
      'better-sqlite3',
    ],
  },
  {
    file: 'src/http/admin/links.ts',
    refused: [
      '../../store/sql.ts',
      '../../cli/boltgate.ts',
      '../../lightning/demo/demo-node.ts',
      '../../metrics/metrics.ts',
      '../../service.ts',
      'better-sqlite3',
      'prom-client',
    ],
    allowed: [
      '../app.ts',
      '../../lnurl/lnurl.ts',
      '../../accounts/pay-links.ts',
      'express',
      'helmet',
    ],
  },
  {
    file: 'src/outgoing/outgoing.ts',
    refused: ['../http/app.ts', '../events/event.ts', '../webhooks/courier.ts', '../store/sql.ts'],
    allowed: ['./target.ts', '../public-address.ts', 'node:https'],
  },
  {
    file: 'src/webhooks/courier.ts',
    refused: ['../http/app.ts', '../store/sql.ts', '../payments/payer.ts', '../config/config.ts'],
    allowed: [
      './webhook.ts',
      '../events/tail.ts',
      '../outgoing/outgoing.ts',
      '../accounts/audit.ts',
    ],
  },
  {
    file: 'src/cli/wallet.ts',
    refused: [
      '../http/app.ts',
      '../store/sql.ts',
      '../payments/invoice.ts',
      '../accounts/pay-links.ts',
      '../lightning/demo/demo-node.ts',
      '../lightning/node.ts',
      '../main.ts',
      'express',
      'better-sqlite3',
    ],
    allowed: [
      './output.ts',
      '../lnurl/lnurl.ts',
      '../lightning/bolt11/decode.ts',
      '../config/config.ts',
      'commander',
    ],
  },
  {
    file: 'src/cli/wallet/lnd-wallet.ts',
    refused: [
      '../../http/app.ts',
      '../../store/sql.ts',
      '../../payments/invoice.ts',
      '../../accounts/pay-links.ts',
      '../../service.ts',
      'express',
      'better-sqlite3',
    ],
    allowed: ['../../lightning/lnd/lnd-node.ts', '../../config/lnd.ts', '../failure.ts'],
  },
  {
    file: 'src/cli/doctor/data.ts',
    refused: ['../../http/app.ts', '../../store/sqlite.ts', '../../accounts/tokens.ts'],
    allowed: ['../../store/inspect.ts', '../../lightning/node-uri.ts', '../../config/config.ts'],
  },
  {
    file: 'src/cli/serve.ts',
    refused: ['../store/sql.ts', '../http/app.ts'],
    allowed: ['../main.ts'],
  },
  { file: 'src/service.ts', refused: [], allowed: ['./store/sql.ts', './http/app.ts'] },
];

/** What Biome's `rdjson` report says of one finding. */
const report = z.object({
  diagnostics: z.array(
    z.object({
      code: z.object({ value: z.string() }),
      location: z.object({
        path: z.string(),
        range: z.object({ start: z.object({ line: z.number() }) }),
      }),
    }),
  ),
});

interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
}

let folder = '';
let exitCode: number | null = null;
let findings: readonly Finding[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boltgate-layers-'));
  await copyFile(join(PROJECT, 'biome.json'), join(folder, 'biome.json'));
  for (const { file, refused, allowed } of layers) await plant(file, [...refused, ...allowed]);
  await plant('src/payments/left.ts', ['./right.ts']);
  await plant('src/payments/right.ts', ['./left.ts']);
  ({ exitCode, findings } = lint(folder));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the layers', () => {
  it.each(layers)('hold for $file', ({ file, refused, allowed }) => {
    const sources = [...refused, ...allowed];

    const lines = linesOf(NO_RESTRICTED_IMPORTS, file);

    expect(lines.map((line) => sources[line - 1])).toEqual(refused);
  });

  it('refuse a circle of imports', () => {
    const circle = ['left', 'right'].map((name) =>
      linesOf('lint/suspicious/noImportCycles', `src/payments/${name}.ts`),
    );

    expect(circle).toEqual([[1], [1]]);
  });

  it('fail the check', () => {
    expect(exitCode).toBe(1);
  });
});

/** Writes a file that imports each source on a line of its own. */
async function plant(file: string, sources: readonly string[]): Promise<void> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, sources.map((source) => `import '${source}';\n`).join(''));
}

function lint(cwd: string): { exitCode: number | null; findings: readonly Finding[] } {
  const args = [BIOME, 'lint', '--reporter=rdjson', '--max-diagnostics=none', '.'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  const { diagnostics } = report.parse(JSON.parse(stdout));
  return {
    exitCode: status,
    findings: diagnostics.map(({ code, location }) => ({
      rule: code.value,
      file: location.path,
      line: location.range.start.line,
    })),
  };
}

function linesOf(rule: string, file: string): number[] {
  return findings
    .filter((finding) => finding.rule === rule && finding.file === file)
    .map(({ line }) => line)
    .sort((a, b) => a - b);
}
