import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, jest } from '@jest/globals';
import { PROJECT } from '../support/server-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { untilTrue } from './network/until.ts';

jest.setTimeout(120_000);

const HOOKS = join(PROJECT, 'test/support/typescript-hooks.js');

it.each([
  ['Ctrl-C', 'SIGINT', [0, null]],
  // Only the kernel can clean up then.
  ['kill -9', 'SIGKILL', [null, 'SIGKILL']],
] as const)('npm run regtest leaves nothing behind after %s', async (_, signal, ending) => {
  const args = ['--import', HOOKS, join(import.meta.dirname, 'play.ts')];
  using folder = tempFolder();
  const play = spawn(process.execPath, args, {
    env: { ...process.env, TMPDIR: folder.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(play, 'close');
  const ports: number[] = [];
  for await (const line of createInterface({ input: play.stdout })) {
    const port = /(?:^ *BOLTGATE_LND_HOST=|^The server is at http:\/\/)localhost:(\d+)/.exec(
      line,
    )?.[1];
    if (port !== undefined) ports.push(Number(port));
    if (line.includes('Ctrl-C')) break;
  }
  const open = await Promise.all(ports.map(isOpen));

  play.kill(signal);

  expect(await closed).toEqual(ending);
  expect(open).toEqual(Array(4).fill(true));
  for (const port of ports) await untilTrue('all to be gone', async () => !(await isOpen(port)));
});

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
