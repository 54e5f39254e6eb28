import { connect } from 'node:net';

/** What came back over the socket, before it was closed. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends bytes as they are, for what no client library would send, and reads until the end. */
export async function sendRaw(origin: string, request: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  // The server may stop reading in the middle of what is too long; its answer comes all the same.
  socket.on('error', () => undefined);
  // Nothing more comes, so that a connection which the server keeps ends too.
  socket.end(request, 'latin1');
  const pieces: Buffer[] = [];
  try {
    for await (const piece of socket) pieces.push(piece);
  } catch {
    // The answer is what came before the socket broke.
  }
  const [head = '', ...rest] = Buffer.concat(pieces).toString('utf8').split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: rest.join('\r\n\r\n'),
  };
}
