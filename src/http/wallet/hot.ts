import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../log.ts';
import { answerWallet, type PreparedAnswer, refuseWallet, sendPrepared } from './answer.ts';
import { readCall, type WalletHandler, type WalletParams } from './call.ts';
import { tellWalletFailure, type WalletRouting, wantsPage } from './routes.ts';

/** A GET that comes by the thousand. `call` runs the same handler that the router runs. */
interface HotPath {
  readonly pattern: RegExp;
  readonly handler: WalletHandler;
  /** Whether the handler may have to wait for the node. */
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
    { pattern: /^\/lnurlp\/(?<token>[^/]+)$/, handler: pay.info, waits: false },
    {
      pattern: /^\/lnurlp\/(?<token>[^/]+)\/callback(?:\/(?<version>[^/]+)(?:\/(?<tag>[^/]+))?)?$/,
      handler: pay.callback,
      waits: true,
    },
    {
      pattern: /^\/\.well-known\/lnurlp\/(?<name>[^/]+)$/,
      handler: pay.address,
      waits: false,
    },
    { pattern: /^\/lnurlw\/(?<token>[^/]+)$/, handler: withdraw.info, waits: false },
    { pattern: /^\/lnurlw\/(?<token>[^/]+)\/callback$/, handler: withdraw.callback, waits: true },
  ];
  return (req, res) => {
    if (req.method !== 'GET' || wantsPage(req)) return false;
    const path = pathOf(req.url ?? '/');
    if (!PREFIXES.some((prefix) => path.startsWith(prefix))) return false;
    if (sendReady(path, PAY_PREFIX, pay, res, routing)) return true;
    if (sendReady(path, WITHDRAW_PREFIX, withdraw, res, routing)) return true;
    for (const hot of paths) {
      const match = hot.pattern.exec(path);
      if (!match) continue;
      answer(hot, match.groups ?? {}, req, res, routing).catch((error: unknown) => {
        fail(routing.log, res, error);
      });
      return true;
    }
    return false;
  };
}

/** The hottest of all: an information call whose answer is the same as the last time. */
function sendReady(
  path: string,
  prefix: string,
  { ready }: HotLink,
  res: ServerResponse,
  { log }: WalletRouting,
): boolean {
  if (path.length !== prefix.length + TOKEN_LENGTH || !path.startsWith(prefix)) return false;
  try {
    const answer = ready(path.slice(prefix.length));
    if (answer) sendPrepared(res, answer);
    return answer !== undefined;
  } catch (error) {
    fail(log, res, error);
    return true;
  }
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
  { trustedProxies, patience }: WalletRouting,
): Promise<void> {
  const call = readCall(req, trustedProxies);
  const body = hot.waits
    ? await patience.inTime(async (signal) => await hot.handler(params, call, signal))
    : await hot.handler(params, call, NEVER);
  answerWallet(res, body);
}

const NEVER = new AbortController().signal;

function fail(log: Log, res: ServerResponse, error: unknown): void {
  tellWalletFailure(log, error, undefined);
  if (res.headersSent) res.destroy();
  else refuseWallet(res, error);
}
