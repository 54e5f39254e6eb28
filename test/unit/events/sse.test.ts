import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '../../../src/events/event.ts';
import { SSE_COMMENT, sseEvent, sseOpening } from '../../../src/events/sse.ts';

const EVENT: StoredEvent = {
  seq: 12n,
  id: 'evt_a',
  type: 'invoice.settled',
  createdAt: 1_700_000_000_000,
  data: JSON.stringify({ id: 'inv_a', comment: 'two\nlines\r\n\nid: 99\u2028' }),
};

describe('server-sent events', () => {
  it('have their number as id, their type as event, and one line of data', () => {
    const json = `{"seq":12,"id":"evt_a","type":"invoice.settled","createdAt":"2023-11-14T22:13:20.000Z","data":${EVENT.data}}`;

    expect(sseEvent(EVENT)).toBe(`id: 12\nevent: invoice.settled\ndata: ${json}\n\n`);
    expect(sseEvent(EVENT).split(/\r\n|\r|\n/)).toHaveLength(5);
  });

  it('begin with the number to come back with, and no event', () => {
    expect(sseOpening(7n)).toBe(': events follow\nretry: 3000\nid: 7\n\n');
  });

  it('say that they live in a line that is no event', () => {
    expect(SSE_COMMENT).toBe(':\n\n');
  });
});
