import { lookup as systemLookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { mayConnect, type TargetRules, targetFault } from './target.ts';

/** A call to a server that somebody else named. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What it answered. A redirect is an answer like any other: nobody follows it. */
export interface OutgoingAnswer {
  readonly status: number;
  /** The beginning of the body. */
  readonly text: string;
}

/** The call was not made, or nobody answered in time; `message` says why, for the operator. */
export class OutgoingFailure extends Error {
  override readonly name = 'OutgoingFailure';
}

interface Address {
  readonly address: string;
  readonly family: number;
}

interface Parts {
  readonly rules: TargetRules;
  /** Every address of a name; the system's resolver. */
  readonly lookup?: (host: string) => Promise<readonly Address[]>;
}

const PATIENCE_MS = 10_000;
const BODY_MAX_BYTES = 64 * 1024;

/**
 * The only way out for calls that strangers cause (GEN-35): the name is resolved once, every address
 * that is not public is refused, the connection goes to the address that was looked at and to no
 * other, redirects are not followed, and neither time nor size is without a bound.
 */
export class Outgoing {
  readonly #rules: TargetRules;
  readonly #lookup: (host: string) => Promise<readonly Address[]>;

  constructor({ rules, lookup }: Parts) {
    this.#rules = rules;
    this.#lookup = lookup ?? (async (host) => await systemLookup(host, { all: true }));
  }

  /** What is wrong with a URL, before anything is sent; undefined when it can be called. */
  async faultOf(url: string): Promise<string | undefined> {
    const fault = targetFault(url, this.#rules);
    if (fault !== undefined) return fault;
    try {
      await this.#resolve(new URL(url).hostname.replace(/^\[|\]$/g, ''));
      return undefined;
    } catch (error) {
      if (error instanceof OutgoingFailure) return error.message;
      throw error;
    }
  }

  /** Asks once. Throws OutgoingFailure. */
  async ask(asked: OutgoingRequest, signal: AbortSignal): Promise<OutgoingAnswer> {
    const fault = targetFault(asked.url, this.#rules);
    if (fault !== undefined) throw new OutgoingFailure(`the address ${fault}`);
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    try {
      return await this.#send(asked, patience);
    } catch (error) {
      if (error instanceof OutgoingFailure) throw error;
      if (patience.aborted) throw new OutgoingFailure(`nobody answered in ${PATIENCE_MS / 1000} s`);
      throw new OutgoingFailure(wordsOf(error));
    }
  }

  async #send({ method, url, headers, body }: OutgoingRequest, signal: AbortSignal) {
    const target = new URL(url);
    const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
    return await new Promise<OutgoingAnswer>((resolve, reject) => {
      const sent = request(
        target,
        {
          ...{ method, signal, agent: false, lookup: this.#pinned() },
          headers: {
            'user-agent': 'Boltgate',
            accept: 'application/json',
            ...headers,
            ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
          },
        },
        (answer) => void readAnswer(answer).then(resolve, reject),
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** What node:net asks for an address: the ones that were looked at are the ones that it gets. */
  #pinned(): LookupFunction {
    return (host, { all }, done) => {
      this.#resolve(host).then(
        ([first, ...others]) => {
          if (!first) return;
          if (all) done(null, [first, ...others]);
          else done(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => done(error, '', 0),
      );
    };
  }

  /** At least one address. One that is not public among them is enough to refuse the name. */
  async #resolve(host: string): Promise<Address[]> {
    const found = await this.#addressesOf(host);
    if (found.length === 0) throw new OutgoingFailure(`the name ${host} has no address`);
    if (found.every(({ address }) => mayConnect(address, this.#rules))) return [...found];
    throw new OutgoingFailure(`the name ${host} leads to this machine or to a local network`);
  }

  async #addressesOf(host: string): Promise<readonly Address[]> {
    try {
      return await this.#lookup(host);
    } catch {
      throw new OutgoingFailure(`the name ${host} cannot be resolved`);
    }
  }
}

/** The beginning of a body; the rest of one that is too long is not waited for. */
async function readAnswer(answer: IncomingMessage): Promise<OutgoingAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= BODY_MAX_BYTES) break;
  }
  answer.destroy();
  const text = Buffer.concat(chunks).subarray(0, BODY_MAX_BYTES).toString('utf8');
  return { status: answer.statusCode ?? 0, text };
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'the connection could not be made in time',
  EHOSTUNREACH: 'the address cannot be reached',
  ENETUNREACH: 'the address cannot be reached',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

function wordsOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return WORDS[String(code)] ?? `the call failed (${String(code) || 'unknown error'})`;
}
