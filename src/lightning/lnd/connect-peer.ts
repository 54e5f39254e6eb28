import { z } from 'zod';
import { NodeError } from '../../errors.ts';
import type { LndCalls } from './calls.ts';
import type { Rpc } from './rpcs.ts';
import { LndFailure } from './status.ts';

/** Not among the calls of the server, whose macaroons need not carry it: a customer's wallet connects. */
const CONNECT_PEER: Rpc = {
  path: '/lnrpc.Lightning/ConnectPeer',
  flows: ['channel'],
  deadlineMs: 15_000,
  again: 'never',
};
const TIMEOUT_SECONDS = 10;

const CONNECTED = z.object({});

/** Connects to the node at `pubkey@host:port` (LUD-02); who is connected already stays so. */
export async function connectPeer(
  calls: LndCalls,
  uri: string,
  signal?: AbortSignal,
): Promise<void> {
  const [pubkey = '', host = ''] = uri.split('@');
  const asked = { addr: { pubkey, host }, timeout: TIMEOUT_SECONDS };
  try {
    await calls.unary(CONNECT_PEER, asked, CONNECTED, signal);
  } catch (error) {
    if (!(error instanceof LndFailure)) throw error;
    if (error.text.startsWith('already connected to peer')) return;
    throw new NodeError('node-rejected', 'The node of the offer cannot be connected to', {
      cause: error,
    });
  }
}
