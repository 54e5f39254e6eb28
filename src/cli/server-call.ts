import { codeOf, Refusal } from './failure.ts';

export interface ServerCall {
  readonly origin: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  /** How long to wait for the answer, when not as long as usual. */
  readonly patienceMs?: number | undefined;
}

export interface ServerAnswer {
  readonly status: number;
  /** undefined when there was none, or no JSON. */
  readonly body: unknown;
  /** As it was sent. */
  readonly text: string;
}

const PATIENCE_MS = 30_000;

/** Speaks to our own server; throws Refusal when it is not there. What it refuses is an answer. */
export async function callServer(fetcher: typeof fetch, call: ServerCall): Promise<ServerAnswer> {
  const { origin, method, path, headers, body, patienceMs = PATIENCE_MS } = call;
  try {
    const response = await fetcher(`${origin}${path}`, {
      method,
      // The key must not travel on to wherever a redirect points.
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
      headers: { accept: 'application/json', ...(body && JSON_TYPE), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: parseJson(text), text };
  } catch (cause) {
    throw new Refusal(absence(origin, cause, patienceMs), { cause });
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function absence(origin: string, cause: unknown, patienceMs: number): string {
  const isLate = typeof cause === 'object' && cause !== null && 'name' in cause;
  if (isLate && cause.name === 'TimeoutError') {
    return `The server at ${origin} did not answer within ${patienceMs / 1000} seconds`;
  }
  const code = codeOf(cause) ?? 'no connection';
  return `No server answers at ${origin} (${code}): start one with "boltgate serve", or set BOLTGATE_URL`;
}
