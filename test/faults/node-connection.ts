import { NodeError } from '../../src/errors.ts';
import type { PaymentHash } from '../../src/hex.ts';
import type {
  ChannelEnding,
  DecodedInvoice,
  InvoiceRequest,
  InvoiceUpdate,
  LightningNode,
  NodeBalance,
  NodeBooking,
  NodeContact,
  NodeInfo,
  NodeInvoice,
  PayEnding,
  PaymentOutcome,
  PayOptions,
} from '../../src/lightning/node.ts';
import { InvoiceStream } from './invoice-stream.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { short } from './simulated-node.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Step, Steps } from './steps.ts';
import type { InvoiceMint } from './wallet-invoices.ts';

/** One connection to one process of the node. */
interface Session {
  readonly process: object;
  readonly forget: () => void;
}

/** A call whose end the service waits for. */
interface Call {
  readonly session: Session;
  readonly label: string;
  /** Whether it does something even if nobody waits for its answer. */
  readonly lasting: boolean;
  /** Where it is: the step that brings it to the node, or back. */
  place: 'going' | 'there' | 'coming';
  step: Step | undefined;
  readonly lose: () => void;
}

/** What a connection needs. */
export interface ConnectionParts {
  readonly node: SimulatedNode;
  readonly steps: Steps;
  readonly time: SimulatedTime;
  readonly mint: InvoiceMint;
  /** `each way`: a call is one step to the node and one back. `at once`: both are one. */
  readonly travel: 'each way' | 'at once';
  /** How likely a request arrives next, and an answer, beside what else may happen. */
  readonly pace: { readonly going: number; readonly coming: number };
}

/** What a request may meet on its way. */
export const CALL_FAULTS = ['request lost', 'answer lost', 'request late'] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

/**
 * What one service holds of the node: the connection of an adapter, with calls that take their time,
 * get lost or arrive after everybody has given them up. It dies with its service.
 */
export class NodeConnection implements LightningNode {
  readonly health = { kind: 'ok' } as const;
  readonly #parts: ConnectionParts;
  readonly #calls = new Set<Call>();
  readonly #streams = new Set<InvoiceStream>();
  readonly #told = new Map<string, string>();
  #session: Session | undefined;
  #epoch = 1;
  #downAt: number | undefined;
  #dead = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get contact(): NodeContact {
    return { epoch: this.#epoch, downAt: this.#downAt };
  }

  /** What the service was told last of each hash, and of the node itself. */
  get told(): ReadonlyMap<string, string> {
    return this.#told;
  }

  get streams(): ReadonlySet<InvoiceStream> {
    return this.#streams;
  }

  /** How many calls could meet each fault now. */
  faultable(fault: CallFault): number {
    return this.#meeting(fault).length;
  }

  async info(): Promise<NodeInfo> {
    return await this.#ask('info', 'info', () => this.#parts.node.info);
  }

  async balance(): Promise<NodeBalance> {
    return await this.#ask('balance', 'balance', () => this.#parts.node.balance);
  }

  async createInvoice(request: InvoiceRequest, signal?: AbortSignal): Promise<NodeInvoice> {
    const create = (): NodeInvoice => this.#parts.node.create(request);
    return await this.#ask('create', 'create', create, { signal });
  }

  async lookupInvoice(hash: PaymentHash, signal?: AbortSignal): Promise<InvoiceUpdate | undefined> {
    const lookup = (): InvoiceUpdate | undefined => this.#parts.node.lookup(hash);
    return await this.#ask(`look up ${short(hash)}`, hash, lookup, { signal });
  }

  async cancelInvoice(hash: PaymentHash, signal?: AbortSignal): Promise<void> {
    const cancel = (): void => this.#parts.node.cancel(hash);
    await this.#ask(`cancel ${short(hash)}`, hash, cancel, { signal, lasting: true });
  }

  async decodeInvoice(bolt11: string, signal?: AbortSignal): Promise<DecodedInvoice> {
    const decode = (): DecodedInvoice => this.#parts.node.decode(bolt11);
    return await this.#ask('decode', 'decode', decode, { signal });
  }

  async trackPayment(hash: PaymentHash, signal?: AbortSignal): Promise<PaymentOutcome | undefined> {
    const track = (): PaymentOutcome | undefined => this.#parts.node.track(hash);
    return await this.#ask(`track ${short(hash)}`, hash, track, { signal });
  }

  async mayBeInFlight(hash: PaymentHash): Promise<boolean> {
    const ask = (): boolean => this.#parts.node.mayBeInFlight(hash);
    return await this.#ask(`channels of ${short(hash)}`, 'channels', ask);
  }

  /** A refused connection and a lost one say the same to the adapter: it does not know. */
  async pay(bolt11: string, { maxFee }: PayOptions): Promise<PayEnding> {
    const hash = this.#parts.mint.read(bolt11)?.paymentHash ?? '';
    return await new Promise<PayEnding>((resolve) => {
      const end = (ending: PayEnding): void => {
        this.#remember(hash, `pay ${ending.state} ${ending.closed}`);
        resolve(ending);
      };
      const lost = (): void => end({ state: 'unknown', closed: false, existed: false });
      const session = this.#connected();
      if (!session) return lost();
      const call = this.#newCall(session, `pay ${short(hash)}`, true, lost);
      const answer = (ending: PayEnding): void => this.#comeBack(call, () => end(ending));
      this.#goThere(call, () => {
        call.place = 'there';
        this.#parts.node.pay({ bolt11, maxFee, by: 'server', answer });
      });
    });
  }

  watchInvoices(signal: AbortSignal): AsyncIterable<InvoiceUpdate> {
    return {
      [Symbol.asyncIterator]: () => {
        const stream = new InvoiceStream(this.#parts.steps, this);
        if (signal.aborted || !this.#connected()) stream.end();
        else this.#keep(stream, signal);
        return stream;
      },
    };
  }

  async *books(): AsyncGenerator<NodeBooking> {
    yield* await this.#ask('books', 'books', () => this.#parts.node.books);
  }

  /** No channel is opened here. */
  async isPeerConnected(): Promise<boolean> {
    return await Promise.resolve(false);
  }

  async openChannel(): Promise<ChannelEnding> {
    return await Promise.resolve({ state: 'failed', reason: 'peer-offline' });
  }

  async findChannel(): Promise<undefined> {
    return await Promise.resolve(undefined);
  }

  /** One of the calls that can meet this fault meets it: the `choice`-th. */
  meet(fault: CallFault, choice: number): void {
    const call = this.#meeting(fault)[choice];
    if (!call) return;
    if (fault === 'request late') this.#letTravel(call);
    else if (call.step) this.#parts.steps.drop(call.step);
    this.#giveUp(call);
  }

  /** The connection is cut, the node lives on. What was on its way may still arrive. */
  cut(requests: 'lost' | 'late'): void {
    if (requests === 'late') for (const call of this.#calls) this.#letTravel(call);
    this.#noticeLoss();
  }

  /** The service is gone. Nobody hears an answer any more. */
  die(requests: 'lost' | 'late'): void {
    this.#dead = true;
    if (requests === 'late') for (const call of this.#calls) this.#letTravel(call);
    for (const { step } of this.#calls) if (step) this.#parts.steps.drop(step);
    for (const stream of this.#streams) stream.close();
    this.#session?.forget();
    this.#parts.steps.dropOf(this);
  }

  #meeting(fault: CallFault): Call[] {
    return [...this.#calls].filter((call) => {
      if (!call.step || call.session.process !== this.#parts.node.process) return false;
      if (fault === 'answer lost') return call.place === 'coming';
      return call.place === 'going' && (fault === 'request lost' || call.lasting);
    });
  }

  /** The session, made anew when there is none; undefined when the node is surely down. */
  #connected(): Session | undefined {
    if (this.#session) return this.#session;
    const { node, steps, time } = this.#parts;
    const { process } = node;
    if (!process) {
      this.#downAt = time.now;
      return undefined;
    }
    this.#epoch += 1;
    const forget = node.whenItCrashes(() => {
      const notice = (): void => this.#noticeLoss();
      steps.add({ label: 'notice', owner: this, weight: 10, lazy: false, take: notice });
    });
    this.#session = { process, forget };
    return this.#session;
  }

  #noticeLoss(): void {
    this.#session?.forget();
    this.#session = undefined;
    this.#epoch += 1;
    for (const call of [...this.#calls]) {
      if (call.step) this.#parts.steps.drop(call.step);
      this.#giveUp(call);
    }
    for (const stream of [...this.#streams]) stream.break();
    this.#streams.clear();
  }

  #ask<T>(
    label: string,
    about: string,
    answer: () => T,
    { signal, lasting = false }: { signal?: AbortSignal | undefined; lasting?: boolean } = {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const session = this.#connected();
      if (!session || signal?.aborted) return reject(unreachable());
      const call = this.#newCall(session, label, lasting, () => reject(unreachable()));
      const giveUp = (): void => this.#abandon(call);
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#goThere(call, () => {
        const end = this.#ended(about, answer, resolve, reject);
        this.#comeBack(call, () => {
          signal?.removeEventListener('abort', giveUp);
          end();
        });
      });
    });
  }

  /** Works it out at the node; what is returned tells the caller. */
  #ended<T>(
    about: string,
    answer: () => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): () => void {
    try {
      const value = answer();
      const said = typeof value === 'object' && value !== null && 'state' in value;
      return () => {
        this.#remember(about, String(said ? value.state : value !== undefined));
        resolve(value);
      };
    } catch (error) {
      return () => reject(error);
    }
  }

  #newCall(session: Session, label: string, lasting: boolean, lose: () => void): Call {
    const call: Call = { session, label, lasting, place: 'going', step: undefined, lose };
    this.#calls.add(call);
    return call;
  }

  /** Towards a process that is gone nothing arrives; that is noticed by and by. */
  #goThere(call: Call, arrive: () => void): void {
    const { node, steps } = this.#parts;
    if (call.session.process !== node.process) return;
    call.step = steps.add({
      ...{ label: call.label, owner: call.session.process, lazy: false },
      weight: this.#parts.pace.going,
      take: () => {
        call.step = undefined;
        arrive();
      },
    });
  }

  /** A call that nobody waits for any more has no way back. */
  #comeBack(call: Call, tell: () => void): void {
    if (this.#dead || !this.#calls.has(call)) return;
    const end = (): void => {
      this.#calls.delete(call);
      tell();
    };
    if (this.#parts.travel === 'at once' && call.place === 'going') {
      end();
      return;
    }
    call.place = 'coming';
    const label = `answer to ${call.label}`;
    call.step = this.#parts.steps.add({
      ...{ label, owner: this, weight: this.#parts.pace.coming, lazy: false },
      take: end,
    });
  }

  #giveUp(call: Call): void {
    if (!this.#calls.delete(call)) return;
    this.#remember('lost', call.label);
    call.lose();
  }

  /** The caller has no more patience; the request may be on its way. */
  #abandon(call: Call): void {
    if (call.step) this.#parts.steps.drop(call.step);
    this.#giveUp(call);
  }

  /** Leaves a request that has effects on its way, though its caller will have given it up. */
  #letTravel(call: Call): void {
    const { step } = call;
    if (!step || call.place !== 'going') return;
    this.#parts.steps.drop(step);
    call.step = undefined;
    // It dies with the process that it was sent to: no other one ever hears of it.
    if (!call.lasting || call.session.process !== this.#parts.node.process) return;
    this.#parts.steps.add({ ...step, label: `late ${step.label}`, lazy: true, weight: 3 });
  }

  #keep(stream: InvoiceStream, signal: AbortSignal): void {
    this.#streams.add(stream);
    const ignore = this.#parts.node.listen((update) => stream.tell(update));
    const end = (): void => {
      ignore();
      this.#streams.delete(stream);
      stream.end();
    };
    stream.whenItEnds(ignore);
    signal.addEventListener('abort', end, { once: true });
  }

  #remember(about: string, what: string): void {
    this.#told.set(about, what);
  }
}

function unreachable(): NodeError {
  return new NodeError('node-unavailable', 'The Lightning node cannot be reached, try again later');
}
