import { NodeError } from '../../src/errors.ts';
import type { InvoiceUpdate } from '../../src/lightning/node.ts';
import { short } from './simulated-node.ts';
import type { Step, Steps } from './steps.ts';

type Result = IteratorResult<InvoiceUpdate, undefined>;

interface Reader {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * News of our invoices on their way to one reader. Each is a step of its own, so they come in any
 * order; it may come twice, or never.
 */
export class InvoiceStream implements AsyncIterator<InvoiceUpdate, undefined> {
  readonly #steps: Steps;
  readonly #owner: object;
  readonly #arrived: InvoiceUpdate[] = [];
  readonly #onTheWay = new Map<Step, InvoiceUpdate>();
  #reader: Reader | undefined;
  #over: 'ended' | 'broken' | undefined;
  #whenItEnds: () => void = () => undefined;

  constructor(steps: Steps, owner: object) {
    this.#steps = steps;
    this.#owner = owner;
  }

  get onTheWay(): number {
    return this.#onTheWay.size;
  }

  whenItEnds(call: () => void): void {
    this.#whenItEnds = call;
  }

  tell(update: InvoiceUpdate): void {
    if (this.#over) return;
    const step = this.#steps.add({
      ...{
        label: `news of ${short(update.paymentHash)}`,
        owner: this.#owner,
        weight: 6,
        lazy: true,
      },
      take: () => {
        this.#onTheWay.delete(step);
        this.#arrived.push(update);
        this.#serve();
      },
    });
    this.#onTheWay.set(step, update);
  }

  /** The news that has waited longest is told twice, or not at all. */
  disturb(how: 'twice' | 'never'): void {
    const [first] = this.#onTheWay;
    if (!first) return;
    const [step, update] = first;
    if (how === 'twice') {
      this.tell(update);
      return;
    }
    this.#steps.drop(step);
    this.#onTheWay.delete(step);
  }

  end(): void {
    this.#finish('ended');
  }

  break(): void {
    this.#finish('broken');
  }

  /** Nobody reads any more. */
  close(): void {
    this.#reader = undefined;
    this.#finish('ended');
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#serve();
    });
  }

  #finish(how: 'ended' | 'broken'): void {
    if (this.#over) return;
    this.#over = how;
    this.#steps.drop(...this.#onTheWay.keys());
    this.#onTheWay.clear();
    this.#whenItEnds();
    this.#serve();
  }

  #serve(): void {
    const reader = this.#reader;
    if (!reader) return;
    const update = this.#arrived.shift();
    if (!update && !this.#over) return;
    this.#reader = undefined;
    if (update) reader.resolve({ value: update, done: false });
    else if (this.#over === 'ended') reader.resolve({ value: undefined, done: true });
    else reader.reject(new NodeError('node-unavailable', 'The stream of the node broke'));
  }
}
