import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { StartRefused } from './accounts/start-refused.ts';
import { systemClock } from './clock.ts';
import { type Config, readConfig } from './config/config.ts';
import { ConfigError } from './config/config-error.ts';
import { prepareSecrets } from './config/generated.ts';
import { formatHostPort, isLoopback } from './config/host.ts';
import { AppError } from './errors.ts';
import { openLog } from './log.ts';
import { systemRandom } from './random.ts';
import { openService, type Service } from './service.ts';
import { readVersion } from './version.ts';

/** Exit code of a configuration that cannot be used (sysexits: EX_CONFIG). */
const EXIT_CONFIG = 78;

// The process entry: importing this file runs the server. It ends here whatever is still open: a
// payment under way is asked for by the next start, and must not keep this one from ending (FC-24).
process.exit(await main());

/** Runs the server until it is told to stop; resolves with the exit code of the process. */
async function main(): Promise<number> {
  // Whoever read what we say may leave, or the disk under it fill up: payments go on without.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  // Heard from the first moment on: nobody else ends process 1 of a container (FC-24).
  const told = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  let service: Service;
  try {
    service = await start();
  } catch (error) {
    return refuse(error);
  }
  await told;
  say('Stopping: open answers are finished first.');
  await service[Symbol.asyncDispose]();
  return 0;
}

async function start(): Promise<Service> {
  const { config, secrets: given } = readConfig(process.env, (path) => readFileSync(path, 'utf8'));
  const log = openLog(config.logLevel);
  const secrets = await prepareSecrets({
    dataDir: config.dataDir,
    given,
    random: systemRandom,
    log,
    uid: process.getuid?.(),
  });
  const version = readVersion();
  const service = await openService({
    ...{ config, secrets, version, log },
    clock: systemClock,
    random: systemRandom,
  });
  const address = formatHostPort({ ...config.listen, port: service.port });
  say(`Boltgate ${version} listens on ${address}`);
  say(`  public address  ${config.publicUrl}`);
  say(
    `  database        ${config.database.kind === 'sqlite' ? config.database.path : 'PostgreSQL'}`,
  );
  if (secrets.adminKeyPath) say(`  admin key       in ${secrets.adminKeyPath}`);
  for (const line of nodeLines(config)) say(line);
  return service;
}

/** What the operator should know of the node before any money moves. */
function nodeLines({ node, publicUrl }: Config): string[] {
  if (node.kind === 'demo') {
    return ['  DEMO NODE: this is a simulated network, no real money moves.'];
  }
  const lines = [`  node            LND at ${node.host}`];
  if (isLoopback(new URL(publicUrl).hostname)) {
    lines.push('  The public address is this machine itself: only its own wallets can reach it.');
  }
  return lines;
}

/** What the operator has to mend is said in sentences; a fault of ours shows where it is. */
function refuse(error: unknown): number {
  const reason = reasonOf(error);
  if (reason === undefined) throw error;
  process.stderr.write(`boltgate cannot start: ${reason}\n`);
  return EXIT_CONFIG;
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof ConfigError || error instanceof StartRefused) return error.message;
  if (error instanceof AppError) return error.message;
  if (typeof error !== 'object' || error === null) return undefined;
  // What the file system refuses: somebody else's file, a full disk.
  if (!('path' in error && 'code' in error)) return undefined;
  return `${String(error.path)} cannot be used (${String(error.code)})`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
