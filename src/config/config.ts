import { LOG_LEVELS, type LogLevel } from '../log.ts';
import { MAX_MSAT, type Msat, msat, parseMsat } from '../msat.ts';
import { type DatabaseConfig, readDatabase } from './database.ts';
import { Environment, type ReadFile, type Variables } from './environment.ts';
import { type HostPort, parseHostPort } from './host.ts';
import { type LndConfig, readLnd, refuseLnd } from './lnd.ts';
import { type PublicNames, readPublicNames } from './public-names.ts';
import { type GivenSecrets, readGivenSecrets } from './server-secrets.ts';

/** Everything that the operator decides, checked. It holds secrets only as `Secret`. */
export interface Config extends PublicNames {
  readonly listen: HostPort;
  /** How many proxies in front of us tell the truth in `X-Forwarded-For`. */
  readonly trustedProxies: number;
  readonly dataDir: string;
  readonly database: DatabaseConfig;
  readonly node: NodeConfig;
  /** When an invoice tells of private channels (FC-7). */
  readonly nodeHints: (typeof NODE_HINTS)[number];
  /** Whether a wallet of our own node may claim a voucher (FC-16). */
  readonly paySelf: boolean;
  /** A routing fee may reach the larger of both. */
  readonly feeCap: { readonly ppm: number; readonly min: Msat };
  /** No more than this leaves in 24 hours, fees included; undefined is no limit. */
  readonly spendDay: Msat | undefined;
  readonly logLevel: LogLevel;
}

export type NodeConfig = { readonly kind: 'demo' } | LndConfig;

const NODE_KINDS = ['demo', 'lnd', 'lnd-rest'] as const;
const NODE_HINTS = ['auto', 'always', 'never'] as const;
const DEFAULT_LISTEN = { host: '127.0.0.1', port: 3000 };
const DEFAULT_DATA_DIR = './data';
const DEFAULT_FEE_PPM = 10_000;
const DEFAULT_FEE_MIN = msat(10_000n);
const MAX_FEE_PPM = 1_000_000;
const MAX_PROXIES = 10;
const AMOUNT = `a whole number of millisatoshi, at most ${MAX_MSAT}`;

/** Reads the whole environment; throws ConfigError with all its mistakes together. */
export function readConfig(
  variables: Variables,
  readFile: ReadFile,
): { readonly config: Config; readonly secrets: GivenSecrets } {
  const environment = new Environment(variables, readFile);
  const node = readNode(environment);
  const dataDir = environment.text('BOLTGATE_DATA_DIR') ?? DEFAULT_DATA_DIR;
  const config = {
    ...readPublicNames(environment, node.kind === 'demo' ? 'demo' : 'real'),
    ...readEdge(environment),
    dataDir,
    database: readDatabase(environment, dataDir),
    node,
    ...readMoney(environment),
  };
  const secrets = readGivenSecrets(environment);
  refuseUnavailable(environment, config);
  environment.refuseMistakes();
  return { config, secrets };
}

function readNode(environment: Environment): NodeConfig {
  const kind = environment.value('BOLTGATE_NODE', oneOf(NODE_KINDS), listed(NODE_KINDS), 'demo');
  if (kind !== 'demo') return readLnd(environment, kind);
  refuseLnd(environment);
  return { kind };
}

function readEdge(
  environment: Environment,
): Pick<Config, 'listen' | 'trustedProxies' | 'logLevel'> {
  return {
    listen: environment.value(
      'BOLTGATE_LISTEN',
      parseHostPort,
      'host:port, such as 127.0.0.1:3000 or [::1]:3000',
      DEFAULT_LISTEN,
    ),
    trustedProxies: environment.value(
      'BOLTGATE_TRUST_PROXY',
      wholeUpTo(MAX_PROXIES),
      `a number of proxies from 0 to ${MAX_PROXIES}`,
      0,
    ),
    logLevel: environment.value(
      'BOLTGATE_LOG_LEVEL',
      oneOf(LOG_LEVELS),
      listed(LOG_LEVELS),
      'info',
    ),
  };
}

function readMoney(
  environment: Environment,
): Pick<Config, 'nodeHints' | 'paySelf' | 'feeCap' | 'spendDay'> {
  const ppmWanted = `a whole number from 0 to ${MAX_FEE_PPM}`;
  const ppm = wholeUpTo(MAX_FEE_PPM);
  return {
    nodeHints: environment.value(
      'BOLTGATE_NODE_HINTS',
      oneOf(NODE_HINTS),
      listed(NODE_HINTS),
      'auto',
    ),
    paySelf: environment.value('BOLTGATE_PAY_SELF', oneOf(['0', '1']), '0 or 1', '0') === '1',
    feeCap: {
      ppm: environment.value('BOLTGATE_FEE_PPM', ppm, ppmWanted, DEFAULT_FEE_PPM),
      min: environment.value('BOLTGATE_FEE_MIN_MSAT', parseMsat, AMOUNT, DEFAULT_FEE_MIN),
    },
    spendDay: environment.value('BOLTGATE_SPEND_DAY_MSAT', parseMsat, AMOUNT, undefined),
  };
}

/** What is known by name and not built yet is refused: a server must not start half as asked. */
function refuseUnavailable(environment: Environment, config: Config): void {
  const notYet = 'is not available in this version yet';
  if (config.node.kind === 'lnd-rest') environment.mistake('BOLTGATE_NODE', `lnd-rest ${notYet}`);
  if (config.database.kind !== 'sqlite') {
    environment.mistake('BOLTGATE_DATABASE_URL', `PostgreSQL ${notYet}`);
  }
  if (environment.has('BOLTGATE_REDIS_URL')) {
    environment.mistake('BOLTGATE_REDIS_URL', `Redis ${notYet}`);
  }
}

function oneOf<const Word extends string>(words: readonly Word[]) {
  return (text: string): Word | undefined => words.find((word) => word === text);
}

function listed(words: readonly string[]): string {
  return `one of ${words.join(', ')}`;
}

function wholeUpTo(max: number) {
  return (text: string): number | undefined =>
    /^(0|[1-9]\d{0,8})$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}
