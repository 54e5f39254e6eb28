import { connect, type Socket } from 'node:net';
import { type Answer, assertGood, parseAnswer } from './answer.ts';

/** What is asked, by how many at a time, and for how long. */
export interface Load {
  readonly port: number;
  readonly path: string;
  /** Connections that are kept alive, each with one request under way. */
  readonly connections: number;
  /** How every body must begin. */
  readonly bodyStart: string;
  /** It ends with whichever comes first. */
  readonly durationMs?: number;
  readonly requests?: number;
}

export interface LoadResult {
  readonly durationMs: number;
  /** One entry a request. */
  readonly latenciesMs: readonly number[];
}

const ANSWER_MAX_BYTES = 64 * 1024;

/**
 * Asks as fast as the server answers, and looks at every answer. The requests are ready bytes on raw
 * sockets, so that one core of this takes more than one core of any server here can give.
 */
export async function load({
  port,
  path,
  connections,
  bodyStart,
  ...until
}: Load): Promise<LoadResult> {
  const request = requestFor(path);
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => await open(port)),
  );
  const maxRequests = until.requests ?? Number.POSITIVE_INFINITY;
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + (until.durationMs ?? Number.POSITIVE_INFINITY);

  const askAndAsk = async (asker: Asker): Promise<void> =>
    await new Promise<void>((resolve, reject) => {
      let askedAt = startedAt;
      asker.onAnswer = (answer) => {
        const now = performance.now();
        assertGood(answer, bodyStart);
        if (now > endsAt || latenciesMs.length >= maxRequests) return resolve();
        latenciesMs.push(now - askedAt);
        askedAt = now;
        asker.socket.write(request);
      };
      asker.onFailure = reject;
      asker.socket.write(request);
    });
  try {
    await Promise.all(sockets.map(askAndAsk));
  } finally {
    for (const { socket } of sockets) socket.destroy();
  }
  return { durationMs: Math.min(performance.now(), endsAt) - startedAt, latenciesMs };
}

/** Asks one after the other on one connection, and looks at how long each took. */
export async function askInTurn(
  port: number,
  paths: readonly string[],
): Promise<(Answer & { readonly latencyMs: number })[]> {
  const asker = await open(port);
  try {
    const answers: (Answer & { readonly latencyMs: number })[] = [];
    for (const path of paths) {
      const askedAt = performance.now();
      const answer = await new Promise<Answer>((resolve, reject) => {
        asker.onAnswer = resolve;
        asker.onFailure = reject;
        asker.socket.write(requestFor(path));
      });
      assertGood(answer, '{');
      answers.push({ ...answer, latencyMs: performance.now() - askedAt });
    }
    return answers;
  } finally {
    asker.socket.destroy();
  }
}

/** One request, for its whole answer. */
export async function ask(port: number, path: string): Promise<Answer> {
  const asker = await open(port);
  return await new Promise<Answer>((resolve, reject) => {
    asker.onAnswer = resolve;
    asker.onFailure = reject;
    asker.socket.write(requestFor(path));
  }).finally(() => asker.socket.destroy());
}

function requestFor(path: string): Buffer {
  const lines = [`GET ${path} HTTP/1.1`, 'host: pay.example.com', 'accept: application/json'];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** A connection that puts answers together. */
interface Asker {
  readonly socket: Socket;
  onAnswer: (answer: Answer) => void;
  onFailure: (error: Error) => void;
}

async function open(port: number): Promise<Asker> {
  let received = '';
  const take = (size: number, buffer: Uint8Array): boolean => {
    received += Buffer.from(buffer.buffer, buffer.byteOffset, size).toString('latin1');
    try {
      const answer = parseAnswer(received);
      if (answer) {
        received = '';
        asker.onAnswer(answer);
      }
    } catch (error) {
      asker.onFailure(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  };
  const socket = connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: { buffer: Buffer.alloc(ANSWER_MAX_BYTES), callback: take },
  });
  const asker: Asker = { socket, onAnswer: () => {}, onFailure: () => {} };
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', (error) => asker.onFailure(error));
  socket.on('close', () => asker.onFailure(new Error('the server closed a connection')));
  return asker;
}
