import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import type { LndConfig } from '../../config/lnd.ts';
import type { ContactHealth } from '../../lightning/lnd/contact.ts';
import { msatField } from '../../lightning/lnd/fields.ts';
import { type Flow, RPCS, type Rpc } from '../../lightning/lnd/rpcs.ts';
import { LndFailure, NO_MACAROON } from '../../lightning/lnd/status.ts';
import { shortened } from '../../lightning/lnd/trouble.ts';
import { isAtLeast, LEAST_LND, TRIED_LND } from '../../lightning/lnd/version.ts';
import { LndVisit } from '../../lightning/lnd/visit.ts';
import { reachableUri } from '../../lightning/node-uri.ts';
import type { Msat } from '../../msat.ts';
import { formatAmount } from '../amount.ts';
import { quietLog } from '../quiet-log.ts';
import type { Surroundings } from '../surroundings.ts';
import { checkCertificate } from './certificate.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { checkMode, checkRights, type HeldMacaroon, readMacaroons } from './macaroons.ts';

export interface NodeFindings {
  readonly checks: readonly Check[];
  /** Whether the node answered, and so the next is known. */
  readonly answered: boolean;
  /** Where wallets connect to that want a channel (FC-19); undefined when there is no such place. */
  readonly uri: string | undefined;
}

const DEADLINE_MS = 4_000;

const INFO = z.object({
  alias: z.string(),
  version: z.string(),
  synced_to_chain: z.boolean(),
  uris: z.array(z.string()),
  chains: z.array(z.object({ network: z.string() })).min(1),
});

const AMOUNT = z.object({ msat: msatField });
const BALANCE = z.object({ local_balance: AMOUNT, remote_balance: AMOUNT });

type Info = z.infer<typeof INFO>;

/** The node: certificate, state, version and chain, what we may do with it, and what it can send and receive. */
export async function checkNode({ node }: Config, { clock }: Surroundings): Promise<NodeFindings> {
  if (node.kind === 'demo') {
    const demo = ok('node', 'the demo node, a simulated network: no real money moves');
    return { checks: [demo], answered: false, uri: undefined };
  }
  await using visit = new LndVisit({ place: node, clock, log: quietLog });
  const [held, health] = await Promise.all([readMacaroons(node, clock), visit.arrive()]);
  const [certificate, checks] = await Promise.all([
    checkCertificate(node, health, clock.now()),
    health.kind === 'ok' ? checkActive(visit, node, held) : checkAway(node, health),
  ]);
  const modes = await Promise.all(held.map(checkMode));
  const rights = [...held.map((macaroon) => checkRights(macaroon, clock.now())), ...modes.flat()];
  return { ...checks, checks: [...certificate, ...checks.checks, ...rights] };
}

function checkAway({ host }: LndConfig, { kind, words }: ContactHealth): NodeFindings {
  const finding =
    kind === 'certificate'
      ? `${host} was asked nothing, for its certificate is not trusted`
      : (words ?? `${host} does not answer`);
  return { checks: [fail('node', finding)], answered: false, uri: undefined };
}

/** LND is up: it is asked with each macaroon that we have. */
async function checkActive(
  visit: LndVisit,
  node: LndConfig,
  held: readonly HeldMacaroon[],
): Promise<NodeFindings> {
  const [asked, balance] = await Promise.all([
    Promise.all(held.map(async (macaroon) => await askWith(visit, macaroon))),
    checkBalance(visit, held),
  ]);
  const refusals = asked.flatMap((one) => ('check' in one ? [one.check] : []));
  const info = asked.flatMap((one) => ('info' in one ? [one.info] : []))[0];
  if (!info) return { checks: refusals, answered: false, uri: undefined };
  return {
    checks: [...aboutNode(info, node.host), ...refusals, ...balance],
    answered: true,
    uri: reachableUri({ setting: node.uri, announced: info.uris, local: false }),
  };
}

type Asked = { readonly info: Info } | { readonly check: Check };

async function askWith(visit: LndVisit, { name, content }: HeldMacaroon): Promise<Asked> {
  // Why it cannot be read is told with its rights.
  if ('problem' in content) return { check: fail(`${name} at the node`, 'could not be tried') };
  try {
    return { info: await visit.ask(callOf(RPCS.getInfo, content.hex), INFO) };
  } catch (error) {
    if (!(error instanceof LndFailure)) throw error;
    const why = shortened(error.text);
    const advice = 'give the one that the node has now, or make new ones: boltgate macaroons';
    return { check: fail(`${name} at the node`, `is refused: ${why}`, advice) };
  }
}

function aboutNode(
  { alias, version, synced_to_chain: synced, chains }: Info,
  host: string,
): Check[] {
  const [chain] = chains;
  return [
    ok('node', `${alias === '' ? 'LND' : alias} at ${host}, on ${chain?.network ?? 'no network'}`),
    aboutVersion(version),
    synced
      ? ok('node chain', 'known to its newest block')
      : fail('node chain', 'LND is not synced to it', 'wait, and look after its chain backend'),
  ];
}

function aboutVersion(version: string): Check {
  const name = 'node version';
  const shown = `LND ${version.split(' ')[0] ?? version}`;
  if (isAtLeast(version, LEAST_LND) === false) {
    return fail(name, `${shown} is older than ${LEAST_LND}`, 'bring LND up to date');
  }
  if (isAtLeast(version, TRIED_LND) === false) {
    return warn(name, `${shown} is older than what was tried`, `${TRIED_LND} or newer is better`);
  }
  return ok(name, shown);
}

/** What the channels hold: an upper bound, for reserves are in it. */
async function checkBalance(visit: LndVisit, held: readonly HeldMacaroon[]): Promise<Check[]> {
  const has = (flow: Flow): boolean => held.some(({ flows }) => flows.includes(flow));
  try {
    const call = callOf(RPCS.channelBalance, hexFor(RPCS.channelBalance, held));
    const { local_balance: local, remote_balance: remote } = await visit.ask(call, BALANCE);
    return [
      ...(has('pay') ? [aboutSide('to send', local.msat, 'open a channel, or be paid')] : []),
      ...(has('receive')
        ? [aboutSide('to receive', remote.msat, 'get a channel from others')]
        : []),
    ];
  } catch (error) {
    // Without the right to know, or with a macaroon that is refused, other checks say so.
    if (error instanceof LndFailure) return [];
    throw error;
  }
}

function aboutSide(side: string, amount: Msat, advice: string): Check {
  const name = `channels ${side}`;
  if (amount === 0n) return warn(name, 'hold nothing', advice);
  return ok(name, `hold ${formatAmount(amount)}`);
}

function hexFor(rpc: Rpc, held: readonly HeldMacaroon[]): string {
  for (const { flows, content } of held) {
    if ('hex' in content && flows.some((flow) => rpc.flows.includes(flow))) return content.hex;
  }
  throw new LndFailure(...NO_MACAROON);
}

function callOf({ path }: Rpc, macaroon: string) {
  return { path, request: {}, macaroon, deadlineMs: DEADLINE_MS };
}
