import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../../src/config/config.ts';
import { SETTING_NAMES, SETTINGS } from '../../../src/config/settings.ts';

const FOLDER = join(import.meta.dirname, '../../../config');

describe('config/README.md', () => {
  it('has a row for every setting, and marks those that may come from a file', () => {
    const rows = [...textOf('README.md').matchAll(/^\| `(BOLTGATE_\w+)`( \*\*F\*\*)? \|/gm)];

    const told = rows.map(([, name, mark]) => [name, mark !== undefined]);

    expect(told.sort()).toEqual(
      SETTING_NAMES.map((name) => [name, SETTINGS[name].fileable]).sort(),
    );
  });
});

describe('config/example.env', () => {
  it('names every setting', () => {
    const names = lines().map(([name]) => name.replace(/_FILE$/, ''));

    expect([...new Set(names)].sort()).toEqual([...SETTING_NAMES].sort());
  });

  it('shows the defaults', () => {
    const shown = lines().filter(([name]) => !name.startsWith('BOLTGATE_LND_'));

    expect(read(Object.fromEntries(shown))).toEqual(read({}));
  });
});

/** Every setting of the example, with the `#` before it taken away. */
function lines(): [name: string, value: string][] {
  return [...textOf('example.env').matchAll(/^#(BOLTGATE_\w+)=(.*)$/gm)].map(
    ([, name = '', value = '']) => [name, value],
  );
}

function read(variables: Readonly<Record<string, string>>) {
  return readConfig(variables, () => '').config;
}

function textOf(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}
