import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';

const DEBIAN_CHROMIUM = '/usr/bin/chromium';
const LIBRARIES = ['libnss3', 'libnspr4', 'libexpat1'];

/** Unpacking and, on a bare machine, apt take their time: for the hook that opens the browser. */
export const CHROMIUM_PATIENCE_MS = 180_000;

const FLAGS = [
  // Chromium's sandbox does not start for root, which is who runs the tests in a container.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser without windows and with an empty profile of its own. Close it when done. */
export async function openChromium(): Promise<Browser> {
  const executablePath = await findChromium();
  provideLibraries(executablePath);
  return await chromium.launch({ executablePath, args: FLAGS });
}

async function findChromium(): Promise<string> {
  return existsSync(DEBIAN_CHROMIUM) ? DEBIAN_CHROMIUM : await unpackedChromium();
}

/** Unpacks the browser of the npm package once; test workers that do it at once do no harm. */
async function unpackedChromium(): Promise<string> {
  const home = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '../..');
  const about = readFileSync(join(home, 'package.json'), 'utf8');
  const version = /"version": "([^"]+)"/.exec(about)?.[1] ?? 'unknown';
  const cache = join(import.meta.dirname, '../../node_modules/.cache');
  const folder = join(cache, `chromium-${version}`);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const draft = await mkdtemp(join(cache, 'chromium-'));
    await pipeline(
      createReadStream(join(home, 'bin/chromium.br')),
      createBrotliDecompress(),
      createWriteStream(join(draft, 'chromium'), { mode: 0o755 }),
    );
    // Only a whole browser ever has this name. Whoever comes second uses the first one's.
    await rename(draft, folder).catch(async () => await rm(draft, { recursive: true }));
  }
  return join(folder, 'chromium');
}

/** Installs what the browser needs of the system where that is possible, else says what is missing. */
function provideLibraries(executablePath: string): void {
  const missing = missingLibraries(executablePath);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `Chromium needs ${missing.join(', ')}: run "apt-get install ${LIBRARIES.join(' ')}" as root, or install Debian's chromium, and run the tests again.`,
    );
  }
  // Of several test workers one installs and the others wait.
  const install = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${LIBRARIES.join(' ')}`;
  const { status } = spawnSync('flock', ['/var/lock/boltgate-test', 'sh', '-c', install], {
    stdio: 'ignore',
  });
  if (status !== 0 || missingLibraries(executablePath).length > 0) {
    throw new Error(`Chromium needs ${missing.join(', ')}, and apt-get could not install it.`);
  }
}

function missingLibraries(executablePath: string): string[] {
  const { stdout } = spawnSync('ldd', [executablePath], { encoding: 'utf8' });
  return [...stdout.matchAll(/(\S+) => not found/g)].map(([, name = '']) => name);
}
