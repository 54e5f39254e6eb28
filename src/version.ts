import { readFileSync } from 'node:fs';

/** The version of this program, as its package says it. */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  // Our own file, beside which this one was built.
  return (JSON.parse(text) as { version: string }).version;
}
