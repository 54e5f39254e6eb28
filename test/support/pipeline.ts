import { connect } from 'node:net';

/**
 * Sends the same GET many times over one connection, without waiting in between, which is the fastest
 * way to be too much. Resolves with all that came back.
 */
export async function pipeline(
  origin: string,
  path: string,
  times: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const fields = Object.entries({ host: hostname, ...headers }).map(([name, value]) => {
    return `${name}: ${value}\r\n`;
  });
  const request = `GET ${path} HTTP/1.1\r\n${fields.join('')}`;
  socket.write(`${`${request}\r\n`.repeat(times - 1)}${request}connection: close\r\n\r\n`);
  let answers = '';
  for await (const chunk of socket.setEncoding('utf8')) answers += chunk;
  return answers;
}
