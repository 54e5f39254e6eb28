import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const HOOKS = join(import.meta.dirname, 'typescript-hooks.js');

/** A second process: what it says, line by line until it ends, and a way to kill it. */
export interface Child extends AsyncDisposable {
  readonly lines: AsyncIterableIterator<string>;
  /** SIGKILL: the process does nothing more, and only the kernel cleans up. */
  kill(): void;
  readonly ended: Promise<unknown>;
}

/** Runs a TypeScript file of test/support as a process of its own. */
export function startChild(script: string, args: readonly string[]): Child {
  const child = spawn(
    process.execPath,
    ['--import', HOOKS, join(import.meta.dirname, script), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close');
  const kill = () => {
    child.kill('SIGKILL');
  };
  return {
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    kill,
    ended,
    [Symbol.asyncDispose]: async () => {
      kill();
      await ended;
    },
  };
}
