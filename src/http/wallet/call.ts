import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { NodeError, RequestError } from '../../errors.ts';
import { WalletQuery } from '../../lnurl/query.ts';

/** A wallet's request as the handlers see it: nothing of HTTP, nothing that a header may forge. */
export interface WalletCall {
  readonly query: WalletQuery;
  /** The address that asked, for limits only. */
  readonly caller: string;
  /** Host header, lower case, without port. Only ever compared with configured domains (FC-6). */
  readonly host: string;
}

/** Path parameters, still percent-encoded. */
export type WalletParams = Readonly<Record<string, string | undefined>>;

/** Answers a wallet: the JSON body, or throws what the wallet is told. */
export type WalletHandler = (
  params: WalletParams,
  call: WalletCall,
  signal: AbortSignal,
) => Promise<object>;

const TARGET_MAX_LENGTH = 16 * 1024;
/** A wallet is answered within 3 s, whatever is broken behind us (promise P4). */
const PATIENCE_MS = 2_500;
const MAX_PORT_SUFFIX = /:\d{1,5}$/;

/** Reads a request target. Throws when it is too long to be meant well (checklist GEN-17). */
export function readCall(req: IncomingMessage, trustedProxies: number): WalletCall {
  const target = req.url ?? '/';
  if (target.length > TARGET_MAX_LENGTH) {
    throw new RequestError('invalid-request', 'request too long');
  }
  const mark = target.indexOf('?');
  return {
    query: new WalletQuery(mark < 0 ? '' : target.slice(mark + 1)),
    caller: callerOf(req, trustedProxies),
    host: (req.headers.host ?? '').toLowerCase().replace(MAX_PORT_SUFFIX, ''),
  };
}

/**
 * Who asked. Behind `trustedProxies` proxies the last that many entries of X-Forwarded-For were
 * written by them; whatever stands before is the claim of a stranger (FC-26).
 */
export function callerOf(req: IncomingMessage, trustedProxies: number): string {
  const socket = req.socket.remoteAddress ?? '';
  if (trustedProxies === 0) return socket;
  const header = req.headers['x-forwarded-for'];
  const claimed = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',');
  return claimed.at(-trustedProxies)?.trim() || socket;
}

/**
 * Runs a handler that calls the node, and gives up in time to say so. Calls that begin within one slot
 * of time share its end, for a timer and a signal of its own would cost each of them more than its SQL.
 */
export class Patience {
  #slot: Slot | undefined;

  async inTime(work: (signal: AbortSignal) => Promise<object>): Promise<object> {
    const slot = this.#current();
    return await Promise.race([work(slot.signal), slot.tooLate]);
  }

  #current(): Slot {
    this.#slot ??= openSlot(() => {
      this.#slot = undefined;
    });
    return this.#slot;
  }
}

interface Slot {
  readonly signal: AbortSignal;
  /** Rejects when time is up; never resolves. */
  readonly tooLate: Promise<never>;
}

const SLOT_MS = 250;

function openSlot(close: () => void): Slot {
  const patience = new AbortController();
  setMaxListeners(0, patience.signal); // One for each call that waits.
  const tooLate = new Promise<never>((_, reject) => {
    setTimeout(() => {
      reject(
        new NodeError('node-timeout', 'The Lightning node is too slow, try again in a moment'),
      );
      patience.abort();
    }, PATIENCE_MS).unref();
  });
  tooLate.catch(() => undefined); // Nobody may be waiting any more.
  setTimeout(close, SLOT_MS).unref();
  return { signal: patience.signal, tooLate };
}
