import { type Config, readConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { GivenSecrets } from '../../config/server-secrets.ts';
import { printJson } from '../command.ts';
import { Refusal } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Column, table } from '../table.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { checkClock } from './clock.ts';
import { checkData } from './data.ts';
import { checkNode, type NodeFindings } from './node.ts';
import { checkPublic } from './public.ts';

/** Looks at everything and prints it; throws Refusal when something has failed. */
export async function examine(isJson: boolean, surroundings: Surroundings): Promise<void> {
  const checks = await findings(surroundings);
  const failed = checks.filter(({ result }) => result === 'fail').length;
  const body = { ok: failed === 0, checks };
  if (!isJson) surroundings.out(table(COLUMNS, checks));
  if (failed > 0) {
    const sentence = failed === 1 ? '1 check failed' : `${failed} checks failed`;
    throw new Refusal(sentence, { body });
  }
  if (isJson) printJson(surroundings, body);
}

const COLUMNS: readonly Column<Check>[] = [
  { title: 'RESULT', value: ({ result }) => result },
  { title: 'CHECK', value: ({ check }) => check },
  {
    title: 'FINDING',
    value: ({ finding, advice }) => (advice === undefined ? finding : `${finding}; ${advice}`),
  },
];

async function findings(surroundings: Surroundings): Promise<readonly Check[]> {
  const read = configuration(surroundings);
  if (!('config' in read)) return read.checks;
  const { config, secrets } = read;
  const [data, node, outside] = await Promise.all([
    checkData(config, secrets),
    checkNode(config, surroundings),
    checkPublic(config, surroundings),
  ]);
  return [
    ok('configuration', `${config.node.kind} node, public address ${config.publicUrl}`),
    ...data.checks,
    ...node.checks,
    ...checkAddress(node, data.channelOffers, config),
    ...checkClock(config, data.newestInvoice, outside.date, surroundings.clock.now()),
    ...outside.checks,
  ];
}

type Read =
  | { readonly config: Config; readonly secrets: GivenSecrets }
  | { readonly checks: readonly Check[] };

function configuration({ env, readFile }: Surroundings): Read {
  try {
    return readConfig(env, readFile);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const mistakes = error.mistakes.map((mistake) => fail('configuration', mistake));
    const rest = warn('all else', 'was not looked at', 'mend the configuration and ask again');
    return { checks: [...mistakes, rest] };
  }
}

/** FC-19: whoever wants a channel has to connect to the node first. */
function checkAddress(
  { answered, uri }: NodeFindings,
  channelOffers: number,
  { node }: Config,
): readonly Check[] {
  if (!answered || node.kind === 'demo' || !node.macaroons.channel) return [];
  const name = 'node address';
  if (uri !== undefined) return [ok(name, `wallets that want a channel connect to ${uri}`)];
  const none = 'the node announces none that a wallet could reach';
  if (channelOffers === 0) return [ok(name, `${none}; no channel offer needs one`)];
  return [warn(name, `${none}, so no channel offer is available`, 'set BOLTGATE_LND_URI')];
}
