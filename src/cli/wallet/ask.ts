import { codeOf, Refusal } from '../failure.ts';
import { printable } from '../text.ts';
import { isWalletUrl } from './wallet-url.ts';

/** The strictest wallets give up after this. */
const PATIENCE_MS = 5_000;
/** Room for a picture in the metadata, and no endless body. */
const MAX_BODY_BYTES = 512 * 1024;

/**
 * One call of a wallet (LUD-01), as strict as the strictest of them: no redirect, HTTP 200, one JSON
 * object, whole numbers. Throws Refusal with the reason when the service says `status: "ERROR"`.
 */
export async function ask(fetcher: typeof fetch, url: string): Promise<object> {
  const host = hostOf(url);
  const text = await bodyOf(fetcher, url, host);
  const body = parseBody(text, host);
  if (!('status' in body) || body.status !== 'ERROR') return body;
  const reason = 'reason' in body ? body.reason : undefined;
  if (typeof reason !== 'string' || reason === '') {
    throw new Refusal(`${host} refuses without a reason, which LUD-01 wants`);
  }
  throw new Refusal(`${host} refuses: ${printable(reason)}`, { body });
}

function hostOf(url: string): string {
  if (!isWalletUrl(url)) {
    throw new Refusal(`Wallets follow https alone, and http only for .onion: ${printable(url)}`);
  }
  return new URL(url).host;
}

async function bodyOf(fetcher: typeof fetch, url: string, host: string): Promise<string> {
  const response = await reached(host, () =>
    fetcher(url, {
      redirect: 'manual',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    }),
  );
  if (response.status !== 200) {
    throw new Refusal(`${host} answers HTTP ${response.status}, where wallets want 200`);
  }
  const type = response.headers.get('content-type') ?? '';
  if (!/^application\/json(?:;|$)/i.test(type)) {
    throw new Refusal(`${host} answers something other than application/json`);
  }
  return await reached(host, () => readText(response, host));
}

async function readText(response: Response, host: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Refusal(`${host} answers without end`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Tells what the network does to a call in one sentence. */
async function reached<T>(host: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const isLate = typeof cause === 'object' && cause !== null && 'name' in cause;
    if (isLate && cause.name === 'TimeoutError') {
      throw new Refusal(`${host} did not answer within ${PATIENCE_MS / 1000} seconds`, { cause });
    }
    const code = codeOf(cause) ?? 'no connection';
    throw new Refusal(`${host} cannot be reached (${code})`, { cause });
  }
}

/** A number with a point or an exponent, once the strings are out of the way. */
const FRACTION = /\d[.eE]/;
const STRING = /"(?:[^"\\]|\\.)*"/gs;

function parseBody(text: string, host: string): object {
  const body = tryParse(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal(`${host} answers no JSON object`);
  }
  // `1000.0` is a whole number to us, and an error to wallets that read integers (GEN-20).
  if (FRACTION.test(text.replace(STRING, '""'))) {
    throw new Refusal(`${host} writes a number with a point or an exponent`);
  }
  return body;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
