import type { Clock } from '../../clock.ts';
import type { LndConfig } from '../../config/lnd.ts';
import { CredentialProblem, Macaroon } from '../../lightning/lnd/credentials.ts';
import { type MacaroonFacts, readMacaroonFacts } from '../../lightning/lnd/macaroon-facts.ts';
import { judgeRights } from '../../lightning/lnd/rights.ts';
import { FLOWS, type Flow } from '../../lightning/lnd/rpcs.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { looseMode, STRANGERS } from './loose-mode.ts';

/** A macaroon as it is configured: one may be for several flows. */
export interface HeldMacaroon {
  readonly flows: readonly Flow[];
  /** As the checks call it. */
  readonly name: string;
  /** In hex, or why it cannot be read. */
  readonly content: { readonly hex: string } | { readonly problem: string };
  /** Where it lies; undefined when the environment holds it. */
  readonly path: string | undefined;
}

const DAY_MS = 86_400_000;
const SOON_MS = 30 * DAY_MS;
const SHOWN_RIGHTS = 3;
const BETTER = 'make ones with the least rights: boltgate macaroons --admin FILE';

/** Reads every macaroon that is configured, each once. */
export async function readMacaroons(
  { macaroons }: LndConfig,
  clock: Clock,
): Promise<readonly HeldMacaroon[]> {
  const sources = [...new Set(FLOWS.flatMap((flow) => macaroons[flow] ?? []))];
  return await Promise.all(
    sources.map(async (source) => {
      const flows = FLOWS.filter((flow) => macaroons[flow] === source);
      const name = flows.length === FLOWS.length ? 'macaroon' : `${flows.join(', ')} macaroon`;
      const path = source.kind === 'file' ? source.path : undefined;
      try {
        return { flows, name, path, content: { hex: await new Macaroon(source, clock).hex() } };
      } catch (error) {
        if (!(error instanceof CredentialProblem)) throw error;
        return { flows, name, path, content: { problem: error.message } };
      }
    }),
  );
}

/** Warns of a file that everybody on the machine may read. LND lets a group read its own. */
export async function checkMode({ name, path }: HeldMacaroon): Promise<readonly Check[]> {
  const loose = path === undefined ? undefined : await looseMode(`${name} file`, path, STRANGERS);
  return loose ? [loose] : [];
}

/** Whether it can do what it is for and no more, by what it says of itself. LND is not asked. */
export function checkRights({ name, flows, content }: HeldMacaroon, now: number): Check {
  if ('problem' in content) return fail(name, content.problem);
  const facts = readMacaroonFacts(content.hex);
  if (!facts) return fail(name, 'is no macaroon of LND', 'copy it again, as a binary file or hex');
  const ended = endOf(facts);
  if (ended !== undefined && ended <= now) {
    return fail(name, `has ended ${new Date(ended).toISOString()}`, BETTER);
  }
  const { missing, tooMuch } = judgeRights(facts, flows);
  if (missing.length > 0) {
    return fail(name, `may not make the calls ${listed(missing.map(nameOf))}`, BETTER);
  }
  if (tooMuch.length > 0) {
    return warn(name, `may do more than it is needed for: ${listed(tooMuch)}`, BETTER);
  }
  if (ended !== undefined && ended - now < SOON_MS) {
    return warn(name, `ends ${new Date(ended).toISOString()}`, BETTER);
  }
  return ok(name, `has the least rights, under root key ${facts.rootKeyId}`);
}

/** The moment of a `time-before`; undefined when there is none. */
function endOf({ caveats }: MacaroonFacts): number | undefined {
  const moments = caveats
    .filter((caveat) => caveat.startsWith('time-before '))
    .map((caveat) => Date.parse(caveat.slice('time-before '.length)))
    .filter((moment) => !Number.isNaN(moment));
  return moments.length > 0 ? Math.min(...moments) : undefined;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN_RIGHTS;
  const shown = names.slice(0, SHOWN_RIGHTS).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
