import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HotMeter } from '../request-meter.ts';
import { answerWallet, type PreparedAnswer, refuseWallet, sendPrepared } from './answer.ts';
import { readCall, type WalletHandler, type WalletParams } from './call.ts';
import { admit, tellRefusal, type WalletRouting, wantsPage } from './routes.ts';

/** A GET that comes by the thousand. `call` runs the same handler that the router runs. */
interface HotPath {
  /** The same path in Express's notation, under which it is counted. */
  readonly route: string;
  readonly pattern: RegExp;
  readonly handler: WalletHandler;
  /** Whether the handler may have to wait for the node, and costs something. */
  readonly waits: boolean;
}

export interface HotHandlers {
  readonly pay: HotLink & { readonly address: WalletHandler };
  readonly withdraw: HotLink;
}

interface HotLink {
  /** The answer to `info` when it is ready. Throws what the wallet is told instead. */
  readonly ready: (token: string) => PreparedAnswer | undefined;
  readonly info: WalletHandler;
  readonly callback: WalletHandler;
}

const PAY_PREFIX = '/lnurlp/';
const WITHDRAW_PREFIX = '/lnurlw/';
const ADDRESS_PREFIX = '/.well-known/lnurlp/';
const PREFIXES = [PAY_PREFIX, WITHDRAW_PREFIX, ADDRESS_PREFIX];

/**
 * Answers the few GETs that come by the thousand before the framework sees them, with the handlers
 * that the router would have called. false: not one of them, the router may have it.
 */
export function hotPaths(
  { pay, withdraw }: HotHandlers,
  routing: WalletRouting,
): (req: IncomingMessage, res: ServerResponse) => boolean {
  const paths: readonly HotPath[] = [
    {
      route: '/lnurlp/:token',
      pattern: /^\/lnurlp\/(?<token>[^/]+)$/,
      handler: pay.info,
      waits: false,
    },
    {
      route: '/lnurlp/:token/callback{/:version{/:tag}}',
      pattern: /^\/lnurlp\/(?<token>[^/]+)\/callback(?:\/(?<version>[^/]+)(?:\/(?<tag>[^/]+))?)?$/,
      handler: pay.callback,
      waits: true,
    },
    {
      route: '/.well-known/lnurlp/:name',
      pattern: /^\/\.well-known\/lnurlp\/(?<name>[^/]+)$/,
      handler: pay.address,
      waits: false,
    },
    {
      route: '/lnurlw/:token',
      pattern: /^\/lnurlw\/(?<token>[^/]+)$/,
      handler: withdraw.info,
      waits: false,
    },
    {
      route: '/lnurlw/:token/callback',
      pattern: /^\/lnurlw\/(?<token>[^/]+)\/callback$/,
      handler: withdraw.callback,
      waits: true,
    },
  ];
  const meters = new Map(paths.map(({ route }) => [route, routing.meter?.hot(route)]));
  const links: readonly ReadyPath[] = [
    { prefix: PAY_PREFIX, route: '/lnurlp/:token', link: pay },
    { prefix: WITHDRAW_PREFIX, route: '/lnurlw/:token', link: withdraw },
  ].map((link) => ({ ...link, meter: meters.get(link.route) }));
  const timed = paths.map((hot) => ({ ...hot, meter: meters.get(hot.route) }));
  return (req, res) => {
    if (req.method !== 'GET' || wantsPage(req)) return false;
    const path = pathOf(req.url ?? '/');
    if (!PREFIXES.some((prefix) => path.startsWith(prefix))) return false;
    for (const ready of links) if (sendReady(path, ready, res, routing)) return true;
    for (const hot of timed) {
      const match = hot.pattern.exec(path);
      if (!match) continue;
      const startedAt = performance.now();
      answer(hot, match.groups ?? {}, req, res, routing)
        .catch((error: unknown) => fail(routing, res, error, hot.route))
        .finally(() => hot.meter?.answered(performance.now() - startedAt));
      return true;
    }
    return false;
  };
}

/** The information calls of one kind of link, whose answers may lie ready. */
interface ReadyPath {
  readonly prefix: string;
  readonly route: string;
  readonly link: HotLink;
  readonly meter: HotMeter | undefined;
}

/** The hottest of all: an information call whose answer is the same as the last time. */
function sendReady(
  path: string,
  { prefix, route, link, meter }: ReadyPath,
  res: ServerResponse,
  routing: WalletRouting,
): boolean {
  if (path.length !== prefix.length + TOKEN_LENGTH || !path.startsWith(prefix)) return false;
  try {
    const answer = link.ready(path.slice(prefix.length));
    if (!answer) return false;
    sendPrepared(res, answer);
  } catch (error) {
    fail(routing, res, error, route);
  }
  meter?.ready();
  return true;
}

/** A token is 128 bits of base32. */
const TOKEN_LENGTH = 26;

function pathOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? target : target.slice(0, mark);
}

async function answer(
  hot: HotPath,
  params: WalletParams,
  req: IncomingMessage,
  res: ServerResponse,
  routing: WalletRouting,
): Promise<void> {
  const { trustedProxies, patience } = routing;
  const call = readCall(req, trustedProxies);
  if (hot.waits) await admit(routing, call, params, res);
  const body = hot.waits
    ? await patience.inTime(async (signal) => await hot.handler(params, call, signal))
    : await hot.handler(params, call, NEVER);
  answerWallet(res, body);
}

const NEVER = new AbortController().signal;

function fail(routing: WalletRouting, res: ServerResponse, error: unknown, route: string): void {
  tellRefusal(routing, error, route);
  if (res.headersSent) res.destroy();
  else refuseWallet(res, error);
}
