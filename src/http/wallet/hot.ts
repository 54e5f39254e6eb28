import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../log.ts';
import { answerWallet, refuseWallet } from './answer.ts';
import { inTime, readCall, type WalletHandler, type WalletParams } from './call.ts';
import { tellWalletFailure, type WalletRouting, wantsPage } from './routes.ts';

/** A GET that comes by the thousand. `call` runs the same handler that the router runs. */
interface HotPath {
  readonly pattern: RegExp;
  readonly handler: WalletHandler;
  /** Whether the handler may have to wait for the node. */
  readonly waits: boolean;
}

export interface HotHandlers {
  readonly info: WalletHandler;
  readonly address: WalletHandler;
  readonly callback: WalletHandler;
}

/**
 * Answers the few GETs that come by the thousand before the framework sees them, with the handlers
 * that the router would have called. false: not one of them, the router may have it.
 */
export function hotPaths(
  handlers: HotHandlers,
  routing: WalletRouting,
): (req: IncomingMessage, res: ServerResponse) => boolean {
  const paths: readonly HotPath[] = [
    { pattern: /^\/lnurlp\/(?<token>[^/]+)$/, handler: handlers.info, waits: false },
    {
      pattern: /^\/lnurlp\/(?<token>[^/]+)\/callback(?:\/(?<version>[^/]+)(?:\/(?<tag>[^/]+))?)?$/,
      handler: handlers.callback,
      waits: true,
    },
    {
      pattern: /^\/\.well-known\/lnurlp\/(?<name>[^/]+)$/,
      handler: handlers.address,
      waits: false,
    },
  ];
  return (req, res) => {
    if (req.method !== 'GET' || wantsPage(req)) return false;
    const path = pathOf(req.url ?? '/');
    if (!path.startsWith('/lnurlp/') && !path.startsWith('/.well-known/lnurlp/')) return false;
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

function pathOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? target : target.slice(0, mark);
}

async function answer(
  hot: HotPath,
  params: WalletParams,
  req: IncomingMessage,
  res: ServerResponse,
  { trustedProxies }: WalletRouting,
): Promise<void> {
  const call = readCall(req, trustedProxies);
  const body = hot.waits
    ? await inTime(async (signal) => await hot.handler(params, call, signal))
    : await hot.handler(params, call, NEVER);
  answerWallet(res, body);
}

const NEVER = new AbortController().signal;

function fail(log: Log, res: ServerResponse, error: unknown): void {
  tellWalletFailure(log, error, undefined);
  if (res.headersSent) res.destroy();
  else refuseWallet(res, error);
}
