import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  /** Path and query, as it was sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON body, or undefined when there was none. */
  readonly body: unknown;
}

export interface Told {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, a text as it is. */
  readonly body?: unknown;
}

/** A server that stands in for ours or for a service: it answers as told, and remembers what was asked. */
export interface StandIn extends AsyncDisposable {
  readonly origin: string;
  readonly asked: readonly Asked[];
}

export async function standIn(answer: (asked: Asked) => Told): Promise<StandIn> {
  const asked: Asked[] = [];
  const server = createServer((req, res) => {
    let text = '';
    req.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    req.on('end', () => {
      const { method = '', url: target = '', headers } = req;
      const one = { method, target, headers, body: text === '' ? undefined : JSON.parse(text) };
      asked.push(one);
      const told = answer(one);
      const { status = 200, type = 'application/json', body = '' } = told;
      res.writeHead(status, { 'content-type': type, ...told.headers });
      res.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
