import { z } from 'zod';
import { EVENT_TYPES } from '../../../events/event.ts';
import { eventJson } from '../event-json.ts';
import { textParameter, ticketParameter } from '../parameters.ts';
import type { DescribedPath } from '../route.ts';
import { EVENTS } from '../scopes.ts';
import type { Components } from './components.ts';

/** What the document says of the events as they happen, which are no answer and have no end. */
export const EVENTS_PATH: DescribedPath = {
  path: '/events',
  opening: EVENTS,
  methods: {
    GET: {
      summary:
        'Events as they happen: server-sent events, each with its number as `id`, or a WebSocket. The header `Last-Event-ID` or `after` resumes without gap or repeat.',
      query: [
        textParameter('after', 'Number of the last event that was read; 0 for all there are.'),
        textParameter('types', `Only some kinds, commas between: ${EVENT_TYPES.join(', ')}.`),
        ticketParameter,
      ],
      answers: {
        101: {},
        200: {
          'text/event-stream': z
            .string()
            .meta({ description: 'Each `data:` line is an `Event` in JSON.' }),
        },
      },
    },
  },
};

/** What webhooks are sent, in the document's terms. */
export function webhooksOf(components: Components): object {
  return {
    event: {
      post: {
        summary:
          'An event on its way to a webhook, signed as Standard Webhooks wants it; an answer of 2xx takes it.',
        parameters: SIGNATURE_HEADERS.map(([name, description]) => ({
          name,
          in: 'header',
          required: true,
          description,
          schema: { type: 'string' },
        })),
        requestBody: {
          required: true,
          content: { 'application/json': { schema: components.schemaOf(eventJson, 'given') } },
        },
        responses: {
          '2XX': { description: 'It is taken.' },
          410: { description: 'Never again: the webhook is paused.' },
        },
      },
    },
  };
}

const SIGNATURE_HEADERS = [
  ['webhook-id', 'Id of the event: the same at every try.'],
  ['webhook-timestamp', 'Seconds since 1970, when this try was made.'],
  ['webhook-signature', 'One `v1,` signature for each secret that is good.'],
] as const;
