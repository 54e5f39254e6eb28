import type { AuditTrail, StoredAuditEntry } from '../../accounts/audit.ts';
import { listedByNumber } from './list.ts';
import type { OperatorRoute } from './route.ts';
import { ADMIN } from './scopes.ts';
import { timeToJson } from './time.ts';

/** `/audit`: what was decided by hand, by which key, and when. */
export function auditRoutes(trail: AuditTrail): OperatorRoute[] {
  return [
    {
      path: '/audit',
      opening: ADMIN,
      methods: {
        GET: async ({ query }) =>
          await listedByNumber<StoredAuditEntry>(query, {
            list: async (limit, after) => await trail.list(limit, after),
            toJson: ({ createdAt, ...line }) => ({ ...line, createdAt: timeToJson(createdAt) }),
          }),
      },
    },
  ];
}
