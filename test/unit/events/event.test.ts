import { describe, expect, it } from '@jest/globals';
import { EVENT_TYPES, newEvent, type StoredEvent } from '../../../src/events/event.ts';
import { eventToJson, wanted } from '../../../src/events/tail.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const EVENT: StoredEvent = {
  seq: 7n,
  id: 'evt_1',
  type: 'link.spent',
  createdAt: 1_700_000_000_000,
  data: '{"id":"pl_1",  "kind":"pay"}',
};

describe('an event', () => {
  it('gets an id of its own and its time', () => {
    const random = seededRandom('events');
    const data = { id: 'pl_1', kind: 'pay' } as const;

    const events = [
      newEvent('link.spent', data, 5, random),
      newEvent('link.spent', data, 5, random),
    ];

    expect(events).toEqual(
      events.map(() => ({
        id: expect.stringMatching(/^evt_[a-z2-7]{26}$/),
        type: 'link.spent',
        createdAt: 5,
        data,
      })),
    );
    expect(events[0]?.id).not.toBe(events[1]?.id);
  });

  it('is read as JSON with its data as it was written, byte for byte', () => {
    expect(eventToJson(EVENT)).toBe(
      '{"seq":7,"id":"evt_1","type":"link.spent","createdAt":"2023-11-14T22:13:20.000Z","data":{"id":"pl_1",  "kind":"pay"}}',
    );
  });

  it.each([
    [true, undefined],
    [true, new Set(['link.spent', 'link.created'] as const)],
    [false, new Set(['link.created'] as const)],
    [false, new Set<never>()],
  ])('is wanted (%s) by who asks for %s', (answer, types) => {
    expect(wanted(types, EVENT)).toBe(answer);
  });

  it('has a name of two words, each once', () => {
    expect(new Set(EVENT_TYPES).size).toBe(EVENT_TYPES.length);
    for (const type of EVENT_TYPES) expect(type).toMatch(/^[a-z]+\.[a-z]+$/);
  });
});
