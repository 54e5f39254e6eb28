import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import {
  Client,
  type ClientReadableStream,
  connectivityState,
  credentials,
  Metadata,
  status,
} from '@grpc/grpc-js';
import type { Codec } from './proto.ts';
import { LndFailure } from './status.ts';

/** Where LND listens and which name its certificate must carry. */
export interface Endpoint {
  /** `host:port`. */
  readonly host: string;
  readonly name: string;
}

/** What goes with a call beside the request. */
export interface WireOptions {
  /** Hex; undefined for a call that needs none. */
  readonly macaroon?: string;
  /** Milliseconds since 1970. */
  readonly deadlineAt?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * LND wants no pings without a call, and not more often than every 5 s (lnd.md 4.3). They also find a
 * connection that was reset while Node.js wrote to it, of which it may never tell.
 */
const KEEPALIVE_EVERY_MS = 10_000;
const KEEPALIVE_PATIENCE_MS = 5_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const NEVER_MS = 2_147_483_647;
/** SNI must be no IP address (RFC 6066), and every certificate of LND is for this name as well. */
const NAME_BESIDE_IP = 'localhost';

/**
 * One connection to LND, from when it is made until it is lost: it is never made anew under its
 * callers, so that no call goes to another process than the one that was looked at. Nothing is ever
 * sent twice.
 */
export class Wire implements Disposable {
  readonly #client: Client;
  /** What ends the calls that are under way. */
  readonly #underWay = new Set<() => void>();

  /** `roots`: PEM of the certificates to trust; undefined trusts those of the system. */
  constructor({ host, name }: Endpoint, roots: Buffer | undefined) {
    const trust = credentials.createSsl(roots ?? null, null, null, {
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    });
    const sni = isIP(name) === 0 ? name : NAME_BESIDE_IP;
    this.#client = new Client(host, trust, {
      'grpc.ssl_target_name_override': sni,
      'grpc.default_authority': sni,
      'grpc.keepalive_time_ms': KEEPALIVE_EVERY_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_PATIENCE_MS,
      'grpc.keepalive_permit_without_calls': 0,
      'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
      'grpc.client_idle_timeout_ms': NEVER_MS,
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
    });
  }

  /** Tells once, and before any later answer, that the connection that stands now is gone. */
  onLost(action: () => void): void {
    const channel = this.#client.getChannel();
    if (channel.getConnectivityState(false) !== connectivityState.READY) action();
    else channel.watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, action);
  }

  /** Ends the connection and every call on it: their callers hear that it broke. */
  [Symbol.dispose](): void {
    this.#client.close();
    for (const cancel of this.#underWay) cancel();
  }

  /** One request, one answer. Throws LndFailure. */
  async unary(codec: Codec, request: object, options: WireOptions): Promise<unknown> {
    const { signal } = options;
    let cancel = (): void => undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const call = this.#client.makeUnaryRequest(
          codec.path,
          codec.write,
          codec.read,
          request,
          metadataOf(options),
          callOptionsOf(options),
          (error, answer) => (error ? reject(error) : resolve(answer)),
        );
        cancel = () => call.cancel();
        this.#begun(cancel, signal);
      });
    } catch (error) {
      throw failureOf(error, signal);
    } finally {
      this.#ended(cancel, signal);
    }
  }

  /**
   * One request, many answers, until LND ends it or the reader leaves. Throws LndFailure; an end
   * without a failure is the end of the iteration.
   */
  async *stream(codec: Codec, request: object, options: WireOptions): AsyncGenerator<unknown> {
    const { signal } = options;
    const call = this.#begin(codec, request, options);
    const cancel = (): void => call.cancel();
    // A call that is cancelled says so even after its reader has left.
    call.on('error', () => undefined);
    this.#begun(cancel, signal);
    try {
      for await (const answer of call) yield answer;
    } catch (error) {
      throw failureOf(error, signal);
    } finally {
      this.#ended(cancel, signal);
      cancel();
    }
  }

  #begun(cancel: () => void, signal: AbortSignal | undefined): void {
    this.#underWay.add(cancel);
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
  }

  #ended(cancel: () => void, signal: AbortSignal | undefined): void {
    this.#underWay.delete(cancel);
    signal?.removeEventListener('abort', cancel);
  }

  #begin(codec: Codec, request: object, options: WireOptions): ClientReadableStream<unknown> {
    try {
      return this.#client.makeServerStreamRequest(
        codec.path,
        codec.write,
        codec.read,
        request,
        metadataOf(options),
        callOptionsOf(options),
      );
    } catch (error) {
      throw failureOf(error, undefined);
    }
  }
}

function metadataOf({ macaroon }: WireOptions): Metadata {
  const metadata = new Metadata();
  if (macaroon !== undefined) metadata.set('macaroon', macaroon);
  return metadata;
}

function callOptionsOf({ deadlineAt }: WireOptions): { deadline?: number } {
  return deadlineAt === undefined ? {} : { deadline: deadlineAt };
}

/** What grpc-js throws when a call fails, or when its channel was closed a moment ago. */
function failureOf(error: unknown, signal: AbortSignal | undefined): LndFailure {
  const isRead = typeof error === 'object' && error !== null;
  const code = isRead && 'code' in error ? error.code : undefined;
  const text = isRead && 'details' in error ? String(error.details) : '';
  if (typeof code !== 'number') return gone('the connection is closed');
  // A call that we did not cancel was cut by the other side.
  if (code === status.CANCELLED && !signal?.aborted) return gone(`the call was cut: ${text}`);
  return new LndFailure(code, text);
}

function gone(text: string): LndFailure {
  return new LndFailure(status.UNAVAILABLE, text);
}
