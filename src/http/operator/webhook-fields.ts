import { z } from 'zod';
import { EVENT_TYPES } from '../../events/event.ts';
import { says } from './fields.ts';
import { label } from './text-fields.ts';

const OBJECT_RULE = says('must be a JSON object');
const TYPES_RULE = 'must be a list of kinds of events, such as invoice.settled';

const url = z.string(says('must be a URL such as https://shop.example.org/hook')).meta({
  description: 'Of a public host, with https.',
  format: 'uri',
  examples: ['https://shop.example.org/hook'],
});
const events = z
  .array(z.enum(EVENT_TYPES, says(TYPES_RULE)), says(TYPES_RULE))
  .min(1, 'must name at least one kind, or be left out for all of them')
  .refine((types) => new Set(types).size === types.length, 'must name each kind once')
  .meta({ description: 'Each once; absent or null for all of them.', uniqueItems: true });

/** A body that makes a webhook. Without `events` it gets all of them. */
export const newWebhook = z.strictObject(
  { url, events: events.nullish(), label: label.nullish() },
  OBJECT_RULE,
);

/** A body that changes a webhook. `null` takes away what may be absent. */
export const changedWebhook = z
  .strictObject(
    {
      url,
      events: events.nullable(),
      label: label.nullable(),
      disabled: z.boolean(says('must be true or false')),
    },
    OBJECT_RULE,
  )
  .partial();

/** A body that names the event to go on behind. */
export const replayedWebhook = z.strictObject(
  { after: z.int(says('must be the number of an event, or 0')).min(0, 'must not be negative') },
  OBJECT_RULE,
);

/** A body with nothing to say. */
export const rotatedWebhook = z.strictObject({}, OBJECT_RULE);
