import type { Client } from './client.ts';

/** An event as operators read it. */
export interface ApiEvent {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly data: { readonly id: string; readonly [name: string]: unknown };
}

/** Settlements are found by a sweep after a start, so they may take a moment. */
const PATIENCE_MS = 20_000;

/** Events after a number, in the order of the stream, until there are enough of them. */
export async function readEvents(
  client: Client,
  after: number,
  enough: (events: readonly ApiEvent[]) => boolean,
): Promise<readonly ApiEvent[]> {
  const stream = await client.open(`/api/v1/events?after=${after}`);
  const events: ApiEvent[] = [];
  const giveUp = (): void => {
    stream.destroy(new Error(`after ${events.length} events something is still missing`));
  };
  const timer = setTimeout(giveUp, PATIENCE_MS);
  let rest = '';
  try {
    for await (const chunk of stream.setEncoding('utf8')) {
      const blocks = `${rest}${chunk}`.split('\n\n');
      rest = blocks.pop() ?? '';
      events.push(...blocks.flatMap(eventOf));
      if (enough(events)) return events;
    }
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
  throw new Error(`the stream ended after ${events.length} events`);
}

function eventOf(block: string): ApiEvent[] {
  const data = /^data: (.*)$/m.exec(block)?.[1];
  return data === undefined ? [] : [JSON.parse(data) as ApiEvent];
}
