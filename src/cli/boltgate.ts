#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../clock.ts';
import { systemRandom } from '../random.ts';
import { codeOf } from './failure.ts';
import { run } from './run.ts';

// Whoever reads us may stop reading: `boltgate … | head` is no fault.
process.stdout.on('error', (error) => {
  if (codeOf(error) !== 'EPIPE') throw error;
});

const exitCode = await run(process.argv.slice(2), {
  env: process.env,
  homeDir: homedir(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  fetch,
  readFile: (path) => readFileSync(path, 'utf8'),
  // A command is over when it is done, and a server's clock would not wait for it.
  clock: {
    now: systemClock.now,
    sleep: async (durationMs, signal) =>
      await delay(durationMs, undefined, signal && { signal }).catch(() => undefined),
  },
  random: systemRandom,
});
// The server sets its own.
if (exitCode !== 0) process.exitCode = exitCode;
