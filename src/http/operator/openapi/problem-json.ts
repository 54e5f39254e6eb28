import { z } from 'zod';

/** RFC 9457: a refusal as operators read it, as `refused` writes it. */
export const problemJson = z
  .strictObject({
    type: z.string().regex(/^\/problems\//),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'For people: it may change at any time.' }),
    instance: z.string().regex(/^urn:request:/),
    code: z.string().meta({ description: 'For programs.' }),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().meta({ description: 'RFC 6901, into the body; or the parameter.' }),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });
