import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { isLoopback } from '../../config/host.ts';
import { base32 } from '../../random.ts';
import { codeOf } from '../failure.ts';
import { originAt } from '../settings.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Check, fail, ok, warn } from './check.ts';

export interface PublicFindings {
  readonly checks: readonly Check[];
  /** The clock of whoever answered there, in milliseconds since 1970. */
  readonly date: number | undefined;
}

const PATIENCE_MS = 5_000;
const LOCAL_PATIENCE_MS = 2_000;
const TOKEN_BYTES = 16;
/** Of the domains of addresses so many are tried. */
const MAX_DOMAINS = 5;

const LIVE = z.object({ status: z.literal('ok') });
const LNURL_ERROR = z.object({ status: z.literal('ERROR'), reason: z.string().min(1) });

/** The public address as a wallet sees it: from outside, without a key, and never redirected. */
export async function checkPublic(
  config: Config,
  surroundings: Surroundings,
): Promise<PublicFindings> {
  const { publicUrl, listen } = config;
  const host = new URL(publicUrl).hostname;
  if (host.endsWith('.onion')) {
    const onion = ok('public address', `${publicUrl} is reached over Tor and was not tried`);
    return { checks: [onion], date: undefined };
  }
  const origin = originAt(listen);
  const isRunning = await isLive(surroundings, origin);
  const [live, wallet, ...domains] = await Promise.all([
    get(surroundings, `${publicUrl}/healthz`, PATIENCE_MS),
    get(surroundings, `${publicUrl}/lnurlp/${unknownToken(surroundings)}`, PATIENCE_MS),
    ...checkDomains(config, surroundings),
  ]);
  const date = 'date' in live ? live.date : undefined;
  const faultOfLive = live.fault ?? (LIVE.safeParse(live.body).success ? undefined : STRANGER);
  if (faultOfLive !== undefined && !isRunning) {
    const finding = `no server listens at ${origin}, so ${publicUrl} was not judged`;
    return { checks: [warn('public address', finding, 'start it and ask again')], date };
  }
  const remedy = `let the proxy hand all paths over to ${origin}`;
  const found =
    faultOfLive === undefined
      ? ok('public address', `${publicUrl} leads to this server`)
      : fail('public address', `${publicUrl} ${faultOfLive}`, remedy);
  const checks = [found, walletCheck('wallets', publicUrl, wallet), ...domains];
  return { checks: [...checks, ...proxyHints(config)], date };
}

const STRANGER = 'is answered by somebody else';

/** FC-26, and addresses that only this machine knows. */
function proxyHints({ publicUrl, trustedProxies, node }: Config): readonly Check[] {
  const { protocol, hostname } = new URL(publicUrl);
  if (isLoopback(hostname)) {
    if (node.kind === 'demo') return [];
    const finding = `${publicUrl} is this machine itself`;
    return [warn('public name', finding, 'set BOLTGATE_PUBLIC_URL to what wallets can reach')];
  }
  if (protocol !== 'https:' || trustedProxies > 0) return [];
  const finding = 'https means a proxy in front, and none is trusted: all callers share one limit';
  return [warn('proxies', finding, 'set BOLTGATE_TRUST_PROXY to how many there are')];
}

/** FC-6: addresses may stand under other names, which must lead here too. */
function checkDomains(config: Config, surroundings: Surroundings): Promise<Check>[] {
  const own = new URL(config.publicUrl).hostname;
  const others = config.addressDomains.filter((domain) => domain !== own && domain.includes('.'));
  return others.slice(0, MAX_DOMAINS).map(async (domain) => {
    const origin = `https://${domain}`;
    const path = `/.well-known/lnurlp/${unknownToken(surroundings)}`;
    const got = await get(surroundings, `${origin}${path}`, PATIENCE_MS);
    return walletCheck(`addresses at ${domain}`, origin, got);
  });
}

/** LUD-01: a code that nobody made is refused with HTTP 200, in JSON, for any page to read. */
function walletCheck(name: string, origin: string, got: Got): Check {
  const remedy = 'let the proxy hand answers over as they are';
  if (got.fault !== undefined) return fail(name, `${origin} ${got.fault}`, remedy);
  if (got.status !== 200 || !LNURL_ERROR.safeParse(got.body).success) {
    return fail(name, `what ${origin} says to them is no LNURL (HTTP ${got.status})`, remedy);
  }
  if (got.cors !== '*') {
    const finding = `pages may not read what ${origin} says: access-control-allow-origin`;
    return fail(name, finding, remedy);
  }
  return ok(name, `are answered at ${origin}`);
}

type Got =
  | {
      readonly fault: undefined;
      readonly status: number;
      readonly body: unknown;
      readonly cors: string | null;
      readonly date: number | undefined;
    }
  | { readonly fault: string };

async function isLive(surroundings: Surroundings, origin: string): Promise<boolean> {
  const got = await get(surroundings, `${origin}/healthz`, LOCAL_PATIENCE_MS);
  return got.fault === undefined && LIVE.safeParse(got.body).success;
}

async function get({ fetch }: Surroundings, url: string, patienceMs: number): Promise<Got> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(url, { redirect: 'manual', signal });
    const { status, headers } = answer;
    if (status >= 300 && status < 400) {
      await answer.body?.cancel();
      return { fault: `redirects elsewhere (HTTP ${status})` };
    }
    const at = Date.parse(headers.get('date') ?? '');
    return {
      ...{ fault: undefined, status, body: jsonIn(await answer.text()) },
      cors: headers.get('access-control-allow-origin'),
      date: Number.isNaN(at) ? undefined : at,
    };
  } catch (error) {
    const isLate = typeof error === 'object' && error !== null && 'name' in error;
    if (isLate && error.name === 'TimeoutError') {
      return { fault: `did not answer within ${patienceMs / 1000} s` };
    }
    return { fault: `cannot be reached (${codeOf(error) ?? 'no connection'})` };
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unknownToken({ random }: Surroundings): string {
  return base32(random(TOKEN_BYTES));
}
