import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

/** One block of a stream of server-sent events. */
export interface SseMessage {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

/** Reads a stream of server-sent events over a real socket. */
export class SseReader implements Disposable {
  readonly response: IncomingMessage;
  /** All that came so far, as it came. */
  text = '';

  readonly #closed: Promise<void>;
  #wake = () => {};

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.text += chunk;
      this.#wake();
    });
    this.#closed = new Promise((resolve) => response.on('close', () => resolve(this.#wake())));
    response.on('error', () => {});
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<SseReader> {
    const request = get(url, { headers, agent: false });
    request.on('error', () => {});
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new SseReader(response);
  }

  /** Everything that carries data, in the order in which it came. */
  get messages(): SseMessage[] {
    const blocks = this.text.split('\n\n').slice(0, -1);
    return blocks.map(parseBlock).filter(({ data }) => data !== undefined);
  }

  get comments(): number {
    return this.text.split('\n').filter((line) => line.startsWith(':')).length;
  }

  async until(done: (reader: SseReader) => boolean): Promise<void> {
    while (!done(this)) {
      if (this.response.closed) throw new Error('the stream ended before that');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async messagesUntil(count: number): Promise<SseMessage[]> {
    await this.until(({ messages }) => messages.length >= count);
    return this.messages;
  }

  /** Resolves when the server has ended the stream, or cut it. */
  async end(): Promise<void> {
    await this.#closed;
  }

  [Symbol.dispose](): void {
    this.response.destroy();
  }
}

function parseBlock(block: string): SseMessage {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const [name = '', ...value] = line.split(': ');
      return [name, value.join(': ')];
    }),
  );
  const data = fields.get('data');
  return {
    id: fields.get('id'),
    event: fields.get('event'),
    data: data === undefined ? undefined : JSON.parse(data),
  };
}
