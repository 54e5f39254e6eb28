import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Metrics } from '../../../src/metrics/metrics.ts';
import { queryableNames } from '../../support/exposition.ts';

const CONFIG = join(import.meta.dirname, '../../../config');
const NAME = /\b(?:boltgate|process|nodejs)_\w+/g;

const board = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string() })),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
    }),
  ),
});

let exposed: ReadonlySet<string>;
let alerts = '';
let panels: z.infer<typeof board>['panels'] = [];

beforeAll(async () => {
  const { text } = await new Metrics().exposition({
    counts: async () => ({
      ...{ openInvoices: 0, reserved: 0, sending: 0, oldestSendingAt: undefined },
      ...{ heldWithdrawals: 0, heldChannels: 0, eventHead: 0n },
    }),
    node: () => ({ healthKinds: ['ok'], health: 'ok', balance: undefined }),
    ledger: () => ({ differs: false, differences: 0, checkedAt: undefined }),
    now: () => 0,
  });
  exposed = queryableNames(text);
  alerts = await readFile(join(CONFIG, 'prometheus/alerts.yml'), 'utf8');
  const grafana = await readFile(join(CONFIG, 'grafana/boltgate.json'), 'utf8');
  ({ panels } = board.parse(JSON.parse(grafana)));
});

describe('the alert rules', () => {
  it('ask only for what is exposed', () => {
    // `boltgate …` in quotes is a command, and has no underscore.
    expect(namesIn(alerts).filter((name) => !exposed.has(name))).toEqual([]);
  });

  it.each([
    ['payments that fail', 'boltgate_claims_total', '> 0.05'],
    ['a node that is down', 'boltgate_node_up', '== 0'],
    ['slow answers', 'boltgate_http_request_duration_seconds_bucket', '> 5'],
    ['little liquidity', 'boltgate_node_liquidity_ratio', '< 0.2'],
    ['a ledger that differs', 'boltgate_ledger_differences', '!= 0'],
    ['what a person must decide', 'boltgate_held', '> 0'],
  ])('tell of %s', (_what, name, bound) => {
    const asks = alerts.split('- alert: ').filter((rule) => rule.includes(name));

    expect(asks.some((rule) => rule.includes(bound))).toBe(true);
  });
});

describe('the board', () => {
  it('asks only for what is exposed, in every panel', () => {
    const queries = panels.map(({ targets }) => targets.map(({ expr }) => expr).join(' '));

    expect(queries.filter((query) => namesIn(query).length === 0)).toEqual([]);
    expect(queries.flatMap(namesIn).filter((name) => !exposed.has(name))).toEqual([]);
  });

  it('shows every metric of ours', () => {
    const shown = new Set(panels.flatMap(({ targets }) => targets.flatMap((t) => namesIn(t.expr))));

    const families = [...exposed].filter(
      (name) => name.startsWith('boltgate_') && !/_(?:bucket|sum|count)$/.test(name),
    );
    expect(families.filter((name) => !shown.has(name) && !shown.has(`${name}_bucket`))).toEqual([]);
  });

  it('lays no panel over another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}:${y + Math.floor(cell / w)}`),
    );

    expect(new Set(cells).size).toBe(cells.length);
  });
});

function namesIn(text: string): string[] {
  return [...text.matchAll(NAME)].map(([name]) => name);
}
