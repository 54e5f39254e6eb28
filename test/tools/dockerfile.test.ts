import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const PROJECT = join(import.meta.dirname, '../..');

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

let instructions: readonly Instruction[] = [];
let ignore: readonly string[] = [];

beforeAll(async () => {
  instructions = parse(await readFile(join(PROJECT, 'Dockerfile'), 'utf8'));
  ignore = (await readFile(join(PROJECT, '.dockerignore'), 'utf8')).split('\n');
});

// FC-24: a container that cannot write its mount, or that does not hear SIGTERM.
describe('the container image', () => {
  it('is built in two stages on the same base', () => {
    expect(all('FROM')).toEqual(['node:24-slim AS build', 'node:24-slim']);
  });

  it('runs as a user without rights, as process 1, and is stopped by SIGTERM', () => {
    expect({ user: all('USER'), signal: all('STOPSIGNAL'), entry: all('ENTRYPOINT') }).toEqual({
      user: ['node'],
      signal: ['SIGTERM'],
      entry: ['["node", "--enable-source-maps", "dist/main.js"]'],
    });
  });

  it('keeps its data in a volume that its user owns', () => {
    expect([all('VOLUME'), all('RUN').at(-1)]).toEqual([
      ['/data'],
      'mkdir /data && chown node:node /data',
    ]);
    expect(all('ENV')).toEqual([
      'NODE_ENV=production BOLTGATE_DATA_DIR=/data BOLTGATE_LISTEN=0.0.0.0:3000',
    ]);
  });

  it('asks /healthz with node itself, for the image has no curl', () => {
    const [check = ''] = all('HEALTHCHECK');
    const command: unknown = JSON.parse(check.slice(check.indexOf('CMD ') + 'CMD '.length));

    expect(command).toEqual(['node', '-e', expect.stringContaining('/healthz')]);
  });

  it('copies nothing that .dockerignore keeps out', () => {
    const copied = all('COPY')
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) => rest.split(' ').slice(0, -1));

    expect(copied.filter((path) => !ignore.includes(`!${path}`))).toEqual([]);
  });
});

/** One entry an instruction; continued lines are joined, comments left out. */
function parse(text: string): Instruction[] {
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = ''] = line.split(' ');
      return { name, rest: line.slice(name.length).trim() };
    });
}

function all(name: string): string[] {
  return instructions.filter((one) => one.name === name).map(({ rest }) => rest);
}
