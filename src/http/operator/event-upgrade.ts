import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { visible } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { newId, type Random } from '../../random.ts';
import type { Upgrade } from '../server.ts';
import { asAppError, refused, send } from './answer.ts';
import { type EventRequestParts, EventRequests, type Handshake } from './event-requests.ts';
import type { OperatorKeys } from './keys.ts';

const PATH = /^\/api\/v1\/events(?:\?|$)/;

interface Parts extends EventRequestParts {
  readonly random: Random;
  readonly log: Log;
}

/** `/api/v1/events` by WebSocket. What is refused is told in HTTP, as any other operator's request is. */
export function eventUpgrade(parts: Parts, keys: OperatorKeys): Upgrade {
  const requests = new EventRequests(parts, keys);
  return (req, socket, head) => {
    const isOurs = PATH.test(req.url ?? '') && req.headers.upgrade?.toLowerCase() === 'websocket';
    if (!isOurs) return false;
    socket.on('error', () => socket.destroy());
    requests
      .serveSocket({ req, socket, head })
      .catch((error: unknown) => refuse({ req, socket, head }, error, parts));
    return true;
  };
}

function refuse({ req, socket }: Handshake, error: unknown, { random, log }: Parts): void {
  const { code } = visible(asAppError(error));
  const fields = { route: '/api/v1/events', code };
  if (code === 'internal') log.error('a reader of events was refused by a fault', fields, error);
  else log.debug('a reader of events was refused', fields);
  if (!(socket instanceof Socket) || socket.destroyed || socket.bytesWritten > 0) {
    return void socket.destroy();
  }
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket);
  res.once('finish', () => socket.end());
  send(res, refused(error, newId('req', random)));
}
