import { z } from 'zod';
import { EVENT_TYPES } from '../../../events/event.ts';
import { textParameter, ticketParameter } from '../parameters.ts';
import type { DescribedPath } from '../route.ts';
import { EVENTS } from '../scopes.ts';

/** What the document says of the stream of events, which is no answer and has no end. */
export const EVENTS_PATH: DescribedPath = {
  path: '/events',
  opening: EVENTS,
  methods: {
    GET: {
      summary:
        'Events as they happen, as server-sent events; the header `Last-Event-ID` or `after` resumes without gap or repeat.',
      query: [
        textParameter('after', 'Number of the last event that was read; 0 for all there are.'),
        textParameter('types', `Only some kinds, commas between: ${EVENT_TYPES.join(', ')}.`),
        ticketParameter,
      ],
      answers: { 200: { 'text/event-stream': z.string() } },
    },
  },
};
