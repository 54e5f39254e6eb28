import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Environment, type Variables } from '../../config/environment.ts';
import { type LndPlace, readLndPlace } from '../../config/lnd.ts';
import { bakeMacaroon } from '../../lightning/lnd/bake.ts';
import { hexOf } from '../../lightning/lnd/credentials.ts';
import { FLOWS, type Flow, rightsOf } from '../../lightning/lnd/rpcs.ts';
import { kindOf, LndFailure } from '../../lightning/lnd/status.ts';
import { shortened } from '../../lightning/lnd/trouble.ts';
import { LndVisit } from '../../lightning/lnd/visit.ts';
import { printJson } from '../command.ts';
import { codeOf, Misuse, Refusal } from '../failure.ts';
import { quietLog } from '../quiet-log.ts';
import type { Surroundings } from '../surroundings.ts';
import { table } from '../table.ts';
import type { MacaroonOptions } from './commands.ts';
import { prepareFolder, writeAll } from './files.ts';

/** One macaroon that is to be made. */
interface Wanted {
  readonly flow: Flow;
  readonly rootKeyId: number;
  readonly path: string;
  /** What tells the server of it. */
  readonly setting: string;
}

const DEFAULT_DATA_DIR = './data';

/** Makes them all, then writes them all; throws Refusal or Misuse, and then none is left behind. */
export async function makeMacaroons(
  options: MacaroonOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { env, readFile: readText } = surroundings;
  const flows = flowsIn(options.only);
  if (options.rootKeyId === 0) {
    throw new Misuse("--root-key-id 0 is the key of LND's own macaroons; take another number");
  }
  const environment = new Environment(withFlags(env, options), readText);
  const place = readLndPlace(environment);
  const folder = options.out ?? environment.text('BOLTGATE_DATA_DIR') ?? DEFAULT_DATA_DIR;
  environment.refuseMistakes();
  const wanted = flows.map((flow) => wantedFor(flow, folder, options.rootKeyId));
  const admin = await readAdmin(options.admin);
  const overwrite = options.force === true;
  await prepareFolder(folder, overwrite ? [] : wanted.map(({ path }) => path));

  const made = await bakeAll(place, admin, wanted, surroundings);
  await writeAll(made, overwrite);

  if (options.json) return printJson(surroundings, { macaroons: wanted.map(toJson) });
  surroundings.out(told(wanted));
}

function flowsIn(only: string | undefined): readonly Flow[] {
  if (only === undefined) return FLOWS;
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FLOWS.some((flow) => flow === name));
  if (unknown !== undefined) {
    throw new Misuse('--only takes receive, pay and channel, with commas between');
  }
  return FLOWS.filter((flow) => names.includes(flow));
}

/** A flag stands for its setting, and what says the same in another way gives way to it. */
function withFlags(env: Variables, { host, cert, tlsName }: MacaroonOptions): Variables {
  const isPlain = host !== undefined || cert !== undefined;
  return {
    ...env,
    ...(isPlain && { BOLTGATE_LND_CONNECT: undefined, BOLTGATE_LND_CONNECT_FILE: undefined }),
    ...(host !== undefined && { BOLTGATE_LND_HOST: host }),
    ...(cert !== undefined && { BOLTGATE_LND_CERT: undefined, BOLTGATE_LND_CERT_FILE: cert }),
    ...(tlsName !== undefined && { BOLTGATE_LND_TLS_NAME: tlsName }),
  };
}

function wantedFor(flow: Flow, folder: string, firstRootKeyId: number): Wanted {
  return {
    flow,
    rootKeyId: firstRootKeyId + FLOWS.indexOf(flow),
    path: resolve(join(folder, `${flow}.macaroon`)),
    setting: `BOLTGATE_LND_${flow.toUpperCase()}_MACAROON_FILE`,
  };
}

async function readAdmin(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new Refusal(`${path} cannot be read (${codeOf(error) ?? 'unknown error'})`);
  }
  const hex = hexOf(bytes);
  if (hex === undefined) throw new Refusal(`${path} holds no macaroon, neither binary nor hex`);
  return hex;
}

async function bakeAll(
  place: LndPlace,
  admin: string,
  wanted: readonly Wanted[],
  { clock }: Surroundings,
): Promise<{ readonly path: string; readonly bytes: Buffer }[]> {
  await using visit = new LndVisit({ place, clock, log: quietLog });
  const { kind, words } = await visit.arrive();
  if (kind !== 'ok') {
    throw new Refusal(`LND cannot be asked: ${words ?? `${place.host} does not answer`}`);
  }
  const made = [];
  for (const { flow, rootKeyId, path } of wanted) {
    try {
      made.push({ path, bytes: await bakeMacaroon(visit, admin, { flow, rootKeyId }) });
    } catch (error) {
      throw error instanceof LndFailure ? refusalOf(error, flow) : error;
    }
  }
  return made;
}

function refusalOf(failure: LndFailure, flow: Flow): Refusal {
  const why = shortened(failure.text);
  const isOfAdmin = kindOf(failure) === 'macaroon';
  return new Refusal(
    isOfAdmin
      ? `LND does not let this macaroon make others, give one like admin.macaroon: ${why}`
      : `LND did not make the ${flow} macaroon: ${why}`,
  );
}

function toJson({ flow, rootKeyId, path, setting }: Wanted): object {
  return { flow, path, rootKeyId, setting, rights: rightsOf(flow) };
}

function told(wanted: readonly Wanted[]): string {
  const list = table(
    [
      { title: 'FLOW', value: ({ flow }: Wanted) => flow },
      { title: 'ROOT KEY', value: ({ rootKeyId }: Wanted) => String(rootKeyId), align: 'right' },
      { title: 'FILE', value: ({ path }: Wanted) => path },
    ],
    wanted,
  );
  const settings = wanted.map(({ setting, path }) => `${setting}=${path}\n`).join('');
  return (
    `${list}\nFor the environment of the server, in place of BOLTGATE_LND_MACAROON:\n\n${settings}\n` +
    'To revoke one, give LND its root key: lncli deletemacaroonid NUMBER\n'
  );
}
