import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { loadMethods } from '../../src/lightning/lnd/proto.ts';
import { type SelfMade, selfMadeCertificate } from './wallet-certificate.ts';

/** How a stand-in for LND fails a call. */
export class LndStatus extends Error {
  readonly code: number;
  readonly details: string;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

/** One call that arrived. */
export interface Heard {
  readonly path: string;
  // Fields are compared whole by the tests.
  readonly request: Readonly<Record<string, unknown>>;
  /** As it came, in hex. */
  readonly macaroon: string | undefined;
}

/** The answers of a stream, written by the test as they happen. */
export interface AnswerStream {
  send(answer: object): void;
  end(): void;
  fail(code: number, details: string): void;
  /** Aborts when the caller has left. */
  readonly left: AbortSignal;
}

type Unary = (heard: Heard) => object | Promise<object>;
type Streamed = (stream: AnswerStream, heard: Heard) => void;

interface Options {
  readonly port?: number;
  readonly certificate?: SelfMade;
}

const METHODS = [...loadMethods().values()];

/** Stands in for LND: our own trimmed interface over TLS on this machine, with any answer at all. */
export class FakeLnd implements AsyncDisposable {
  readonly certificate: SelfMade;
  readonly heard: Heard[] = [];
  /** What State says to whoever asks anew. */
  state = 'SERVER_ACTIVE';
  readonly #unary = new Map<string, Unary>();
  readonly #streamed = new Map<string, Streamed>();
  readonly #states = new Set<AnswerStream>();
  readonly #waiting = new Set<() => void>();
  #server = new Server();
  #isDying = false;
  #port: number;

  private constructor({ port = 0, certificate }: Options) {
    this.#port = port;
    this.certificate = certificate ?? selfMadeCertificate(['localhost']);
    this.streams('SubscribeState', (stream) => {
      this.#states.add(stream);
      stream.send({ state: this.state });
    });
  }

  static async start(options: Options = {}): Promise<FakeLnd> {
    const lnd = new FakeLnd(options);
    await lnd.comeBack();
    return lnd;
  }

  get host(): string {
    return `localhost:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** What answers the calls of this name from now on. */
  answers(name: string, unary: Unary): void {
    this.#unary.set(name, unary);
  }

  streams(name: string, streamed: Streamed): void {
    this.#streamed.set(name, streamed);
  }

  /** Goes to another state and tells all who listen. */
  become(state: string): void {
    this.state = state;
    for (const stream of this.#states) stream.send({ state });
  }

  /** Dies with all its connections. */
  async die(): Promise<void> {
    // Node's HTTP/2 goes round in circles when it is destroyed while the end of an answer is on its way.
    this.#isDying = true;
    for (let turn = 0; turn < 2; turn += 1) await new Promise(setImmediate);
    this.#server.forceShutdown();
  }

  /** Listens at the port of before. */
  async comeBack(certificate = this.certificate): Promise<void> {
    this.#isDying = false;
    const server = new Server();
    server.addService(this.#definition(), this.#implementation());
    const { key, cert } = certificate;
    const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
    // With no roots of its own it would read all of the system's, for every server anew.
    const credentials = ServerCredentials.createSsl(pair.cert_chain, [pair], false);
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${this.#port}`, credentials, (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    this.#server = server;
  }

  /** The calls of this name that arrived. */
  heardOf(name: string): readonly Heard[] {
    return this.heard.filter(({ path }) => path.endsWith(`/${name}`));
  }

  /** Resolves when so many calls of this name have arrived. */
  async untilHeard(name: string, count = 1): Promise<void> {
    while (this.heardOf(name).length < count) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die();
  }

  #definition() {
    return Object.fromEntries(METHODS.map((method) => [method.path, method]));
  }

  #implementation(): Record<string, UntypedHandleCall> {
    const entries = METHODS.map((method): [string, UntypedHandleCall] => {
      const { path } = method;
      return [path, method.responseStream ? this.#handleStream(path) : this.#handleUnary(path)];
    });
    return Object.fromEntries(entries);
  }

  #handleUnary(path: string): UntypedHandleCall {
    return (call: ServerUnaryCall<object, object>, answer: sendUnaryData<object>) => {
      const heard = this.#hear(path, call);
      const unary = this.#unary.get(nameOf(path));
      Promise.resolve(heard)
        .then((one) => (unary ?? unanswered(path))(one))
        .then(
          (value) => this.#isDying || answer(null, value),
          (error: unknown) => this.#isDying || answer(statusOf(error)),
        );
    };
  }

  #handleStream(path: string): UntypedHandleCall {
    return (call: ServerWritableStream<object, object>) => {
      const heard = this.#hear(path, call);
      const left = new AbortController();
      call.on('cancelled', () => left.abort());
      const stream: AnswerStream = {
        send: (value) => void call.write(value),
        end: () => void call.end(),
        fail: (code, details) => void call.emit('error', { code, details }),
        left: left.signal,
      };
      const streamed = this.#streamed.get(nameOf(path));
      if (streamed) streamed(stream, heard);
      else stream.fail(12, `nobody answers ${path}`);
    };
  }

  #hear(path: string, call: { readonly request: object; readonly metadata: Metadata }): Heard {
    const macaroon = call.metadata.get('macaroon')[0];
    const heard = { path, request: { ...call.request }, macaroon: macaroon?.toString() };
    this.heard.push(heard);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    return heard;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function unanswered(path: string): Unary {
  return () => {
    throw new LndStatus(12, `nobody answers ${path}`);
  };
}

function statusOf(error: unknown): { code: number; details: string; metadata: Metadata } {
  const known = error instanceof LndStatus ? error : new LndStatus(2, String(error));
  return { code: known.code, details: known.details, metadata: new Metadata() };
}
