// A gRPC client for one lnd, with which tests move a node by hand; the server has its own.
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import type { Calls, StreamCalls } from './calls.ts';

const DEADLINE_MS = 20_000;
/** ListPayments and ListInvoices of a long run are larger than the 4 MiB of the default. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const FILES = ['lightning.proto', 'router.proto', 'invoices.proto'];

const definitions = loadSync(FILES, {
  includeDirs: [import.meta.dirname],
  ...{ keepCase: true, longs: String, enums: String, defaults: true, oneofs: true },
});

export interface LndAccess {
  readonly port: number;
  /** PEM of the certificate that the node shows. */
  readonly certificate: Buffer;
  /** Hex; without it only the calls that need none are answered. */
  readonly macaroon?: string | undefined;
}

/** Calls of lnd by their full names, such as `lnrpc.Lightning/GetInfo`. */
export class LndClient implements Disposable {
  readonly #client: Client;
  readonly #metadata = new Metadata();

  constructor({ port, certificate, macaroon }: LndAccess) {
    if (macaroon !== undefined) this.#metadata.set('macaroon', macaroon);
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createSsl(certificate), {
      // A host name is told to the server, which an address must not be (RFC 6066, section 3).
      'grpc.ssl_target_name_override': 'localhost',
      'grpc.default_authority': 'localhost',
      'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
      // A node that starts is asked again at once.
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 100,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Asks once; rejects with the status of gRPC (`code`, `details`). */
  async call<Name extends keyof Calls>(
    name: Name,
    request: Calls[Name]['request'],
    deadlineMs = DEADLINE_MS,
  ): Promise<Calls[Name]['answer']> {
    const { path, requestSerialize, responseDeserialize } = methodOf(name);
    return await new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        ...([path, requestSerialize, responseDeserialize, request, this.#metadata] as const),
        { deadline: Date.now() + deadlineMs },
        // Our own proto files have read it, and calls.ts has their types.
        (error, answer) => (error ? reject(error) : resolve(answer as Calls[Name]['answer'])),
      );
    });
  }

  /** Every answer until the node ends the stream; leaving the loop cancels the call, not a payment. */
  async *stream<Name extends keyof StreamCalls>(
    name: Name,
    request: StreamCalls[Name]['request'],
  ): AsyncGenerator<StreamCalls[Name]['answer'], void, undefined> {
    const { path, requestSerialize, responseDeserialize } = methodOf(name);
    const answers = this.#client.makeServerStreamRequest(
      ...([path, requestSerialize, responseDeserialize, request, this.#metadata] as const),
    );
    // After the loop was left nobody hears of the cancellation.
    answers.on('error', () => undefined);
    try {
      for await (const answer of answers) yield answer as StreamCalls[Name]['answer'];
    } finally {
      answers.cancel();
    }
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function methodOf(name: keyof Calls | keyof StreamCalls): MethodDefinition<object, object> {
  const [service = '', method = ''] = name.split('/');
  const definition = definitions[service];
  const found = isService(definition) ? definition[method] : undefined;
  if (!found) throw new Error(`${name} is not in the proto files`);
  return found;
}

function isService(definition: unknown): definition is ServiceDefinition {
  return typeof definition === 'object' && definition !== null && !('format' in definition);
}
