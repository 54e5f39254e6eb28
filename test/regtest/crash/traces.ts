import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gather, type Nodes } from './evidence.ts';
import type { ServerLives } from './server-lives.ts';

/** Keeps what shows how a promise was broken: our database and words, LND's lists and log. */
export async function keepTraces(seed: string, server: ServerLives, nodes: Nodes): Promise<string> {
  const folder = join(tmpdir(), `boltgate-crash-${seed.replaceAll(/[^\w-]/g, '_')}`);
  mkdirSync(folder, { recursive: true });
  const evidence = await gather(nodes);
  const lists = Object.entries(evidence).map(([name, list]) => [
    name,
    list instanceof Map ? [...list.values()] : list instanceof Set ? [...list] : list,
  ]);
  writeFileSync(join(folder, 'nodes.json'), JSON.stringify(Object.fromEntries(lists), hexBytes, 1));
  await server.kill();
  for (const end of ['', '-wal']) {
    const path = `${server.databasePath}${end}`;
    cpSync(path, join(folder, `boltgate.db${end}`), { force: true });
  }
  cpSync(server.outputPath, join(folder, 'server.log'));
  cpSync(join(nodes.alice.home, 'output.log'), join(folder, 'alice.log'));
  return folder;
}

/** JSON.stringify gives bytes to it as Buffer has written them already. */
function hexBytes(_name: string, value: unknown): unknown {
  const isBytes =
    typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
  return isBytes && 'data' in value && Array.isArray(value.data)
    ? Buffer.from(value.data).toString('hex')
    : value;
}
