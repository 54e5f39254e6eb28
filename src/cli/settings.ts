import { join } from 'node:path';
import { Environment } from '../config/environment.ts';
import { type HostPort, parseHostPort } from '../config/host.ts';
import type { Secret } from '../config/secret.ts';
import { ADMIN_KEY_WANTED, parseAdminKey } from '../config/server-secrets.ts';
import { codeOf, Misuse, Refusal } from './failure.ts';
import type { Surroundings } from './surroundings.ts';

type Given = Pick<Surroundings, 'env' | 'readFile'>;

const DEFAULT_LISTEN: HostPort = { host: '127.0.0.1', port: 3000 };

/** Where the server is: BOLTGATE_URL, or the address that a local one listens on. */
export function serverOrigin({ env, readFile }: Given): string {
  const text = env.BOLTGATE_URL;
  if (text) return originOf(text);
  const environment = new Environment(env, readFile);
  const wanted = 'host:port, such as 127.0.0.1:3000';
  const listen = environment.value('BOLTGATE_LISTEN', parseHostPort, wanted, DEFAULT_LISTEN);
  environment.refuseMistakes();
  return originAt(listen);
}

/** Where a server that listens there is found from this machine. */
export function originAt({ host, port }: HostPort): string {
  return `http://${dialled(host)}:${port}`;
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/';
  // What stands before an `@` would be a password, so the text is not repeated.
  if (!isOrigin || /[@?#]/.test(text)) {
    throw new Misuse('BOLTGATE_URL must be an origin such as http://127.0.0.1:3000');
  }
  return url.origin;
}

/** A server that listens on all addresses is found on this machine's own. */
function dialled(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

const DEFAULT_DATA_DIR = './data';

/** The key of the admin API: from the environment, or the one that the server made for itself. */
export function adminKey({ env, readFile }: Given): Secret {
  const environment = new Environment(env, readFile);
  const given = environment.secret('BOLTGATE_ADMIN_KEY', parseAdminKey, ADMIN_KEY_WANTED);
  environment.refuseMistakes();
  if (given) return given;
  const path = join(environment.text('BOLTGATE_DATA_DIR') ?? DEFAULT_DATA_DIR, 'admin-key');
  const kept = parseAdminKey(readKept(path, readFile));
  if (!kept) throw new Refusal(`${path} does not hold ${ADMIN_KEY_WANTED}`);
  return kept;
}

function readKept(path: string, readFile: Given['readFile']): string {
  try {
    return readFile(path).trim();
  } catch (error) {
    throw new Refusal(
      `There is no admin key: ${path} cannot be read (${codeOf(error) ?? 'unknown error'}); set BOLTGATE_ADMIN_KEY, or BOLTGATE_DATA_DIR to the server's data directory`,
    );
  }
}
