import { z } from 'zod';
import { AUDIT_ACTIONS, type AuditTrail, type StoredAuditEntry } from '../../accounts/audit.ts';
import { countJson, timeJson } from './json-fields.ts';
import { listedByNumber, lists } from './list.ts';
import type { OperatorRoute } from './route.ts';
import { ADMIN } from './scopes.ts';
import { timeToJson } from './time.ts';

/** A line of the trail as operators read it. */
const auditEntryJson = z
  .strictObject({
    seq: countJson.meta({ description: 'Counts the lines from 1, without a gap.' }),
    actor: z.string().meta({ description: 'Id of the API key.' }),
    action: z.enum(AUDIT_ACTIONS),
    subject: z.string().meta({ description: 'Id of what was decided on.' }),
    detail: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .meta({ description: 'What was decided.' }),
    createdAt: timeJson,
  })
  .meta({ id: 'AuditEntry' });

/** `/audit`: what was decided by hand, by which key, and when. */
export function auditRoutes(trail: AuditTrail): OperatorRoute[] {
  return [
    {
      path: '/audit',
      opening: ADMIN,
      methods: {
        GET: {
          summary: 'Lists what was decided by hand, by which key, and when.',
          ...lists(auditEntryJson),
          handle: async ({ query }) =>
            await listedByNumber<StoredAuditEntry>(query, {
              list: async (limit, after) => await trail.list(limit, after),
              toJson: auditEntryToJson,
            }),
        },
      },
    },
  ];
}

function auditEntryToJson(line: StoredAuditEntry): z.infer<typeof auditEntryJson> {
  return { ...line, createdAt: timeToJson(line.createdAt) };
}
