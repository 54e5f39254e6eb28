import { NodeError } from '../../errors.ts';
import type { InvoiceUpdate } from '../node.ts';
import { nodeIsDown } from './faults.ts';

/** A reader that falls so far behind loses its stream, and finds out by lookups what it missed. */
const MAX_WAITING_UPDATES = 10_000;

/** Tells every reader what happens to the invoices of one node, from the moment it subscribes. */
export class Updates {
  readonly #streams = new Set<UpdateStream>();

  publish(update: InvoiceUpdate): void {
    for (const stream of this.#streams) stream.push(update);
  }

  /** Ends when `signal` aborts and breaks when `up` does. */
  watch(signal: AbortSignal, up: AbortSignal): AsyncIterable<InvoiceUpdate> {
    const stream = new UpdateStream((ended) => this.#streams.delete(ended));
    this.#streams.add(stream);
    onAbort(up, () => stream.end(nodeIsDown()));
    onAbort(signal, () => stream.end(undefined));
    return stream.read();
  }
}

/** Acts when the signal aborts, or at once when it has. */
export function onAbort(signal: AbortSignal, action: () => void): void {
  if (signal.aborted) action();
  else signal.addEventListener('abort', action, { once: true });
}

class UpdateStream {
  readonly #onEnd: (stream: UpdateStream) => void;
  readonly #waiting: InvoiceUpdate[] = [];
  #end: { readonly error: NodeError | undefined } | undefined;
  #wake: () => void = () => undefined;

  constructor(onEnd: (stream: UpdateStream) => void) {
    this.#onEnd = onEnd;
  }

  push(update: InvoiceUpdate): void {
    this.#waiting.push(update);
    if (this.#waiting.length > MAX_WAITING_UPDATES) {
      this.end(new NodeError('node-unavailable', 'The reader of the invoice stream is too slow'));
    }
    this.#wake();
  }

  end(error: NodeError | undefined): void {
    this.#end ??= { error };
    this.#onEnd(this);
    this.#wake();
  }

  async *read(): AsyncGenerator<InvoiceUpdate> {
    try {
      while (!this.#end) {
        const update = this.#waiting.shift();
        if (update) yield update;
        else await this.#somethingHappens();
      }
      if (this.#end.error) throw this.#end.error;
    } finally {
      this.end(undefined);
    }
  }

  async #somethingHappens(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
