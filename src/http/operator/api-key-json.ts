import { z } from 'zod';
import { type ApiKey, SCOPES } from '../../accounts/api-key.ts';
import { timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

/** A key as operators read it, without its text. */
export const apiKeyJson = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    accountId: z
      .string()
      .meta({ description: 'The only account whose things it sees and makes.' })
      .optional(),
    createdAt: timeJson,
    lastUsedAt: timeJson.meta({ description: 'To the minute.' }).optional(),
    revokedAt: timeJson.optional(),
  })
  .meta({ id: 'ApiKey' });

/** A key in the answer that made it. */
export const newApiKeyJson = apiKeyJson
  .extend({ key: z.string().meta({ description: 'Shown here, and never again.' }) })
  .meta({ id: 'NewApiKey' });

export function apiKeyToJson(key: ApiKey): z.infer<typeof apiKeyJson> {
  const { id, name, scopes, accountId, createdAt, lastUsedAt, revokedAt } = key;
  return {
    ...{ id, name, scopes: [...scopes] },
    ...(accountId !== undefined && { accountId }),
    createdAt: timeToJson(createdAt),
    ...(lastUsedAt !== undefined && { lastUsedAt: timeToJson(lastUsedAt) }),
    ...(revokedAt !== undefined && { revokedAt: timeToJson(revokedAt) }),
  };
}
