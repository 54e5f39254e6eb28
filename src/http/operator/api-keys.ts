import { z } from 'zod';
import { type ApiKey, SCOPES } from '../../accounts/api-key.ts';
import type { ApiKeys, NewApiKey } from '../../accounts/api-keys.ts';
import type { LedgerAccounts } from '../../accounts/ledger-accounts.ts';
import { TREASURY } from '../../payments/ledger.ts';
import { type Answer, created, DONE, found } from './answer.ts';
import { apiKeyJson, apiKeyToJson, newApiKeyJson } from './api-key-json.ts';
import { says } from './fields.ts';
import { listed, lists } from './list.ts';
import { type CallWith, json, type OperatorCall, type OperatorRoute, reads } from './route.ts';
import { ADMIN } from './scopes.ts';
import { label } from './text-fields.ts';

const ACCOUNT_RULE = 'must be the id of an account, and not the treasury';
const SCOPE_RULE = `must be a list of ${SCOPES.join(', ')}`;

/** A body that makes a key. */
const newApiKey = z.strictObject(
  {
    name: label,
    scopes: z
      .array(z.enum(SCOPES, says(SCOPE_RULE)), says(SCOPE_RULE))
      .min(1, 'must name at least one scope')
      .max(SCOPES.length, 'must name each scope once')
      .refine((scopes) => new Set(scopes).size === scopes.length, 'must name each scope once')
      .meta({ description: 'Each once.', uniqueItems: true }),
    accountId: z
      .string(says(ACCOUNT_RULE))
      .refine((id) => id !== TREASURY, ACCOUNT_RULE)
      .meta({ description: 'The only account whose things it shall see and make.' })
      .nullish(),
  },
  says('must be a JSON object'),
);

/** `/api-keys`: who may use this API, and for what. The text of a key is in one answer and no other. */
export function apiKeyRoutes(
  apiKeys: ApiKeys,
  accounts: Pick<LedgerAccounts, 'assertUsable'>,
): OperatorRoute[] {
  const create = async (call: CallWith<typeof newApiKey>): Promise<Answer> => {
    const { caller, fields, receiptOf } = call;
    const { name, scopes, accountId } = fields();
    if (typeof accountId === 'string') await accounts.assertUsable(accountId, '/accountId');
    const answer = ({ apiKey, key }: NewApiKey): Answer =>
      created({ ...apiKeyToJson(apiKey), key });
    const made = await apiKeys.create(
      { name, scopes, accountId: accountId ?? undefined },
      caller.apiKeyId,
      receiptOf && ((one) => receiptOf(answer(one))),
    );
    return answer(made);
  };
  const list = async ({ query }: OperatorCall): Promise<Answer> =>
    await listed<ApiKey>(query, {
      list: async (limit, after) => await apiKeys.list(limit, after),
      get: async (id) => await apiKeys.get(id),
      toJson: apiKeyToJson,
    });
  const revoke = async ({ caller, id }: OperatorCall): Promise<Answer> => {
    await apiKeys.revoke(id, caller.apiKeyId);
    return DONE;
  };
  return [
    {
      path: '/api-keys',
      opening: ADMIN,
      methods: {
        GET: { summary: 'Lists API keys.', ...lists(apiKeyJson), handle: list },
        POST: {
          summary: 'Makes an API key, and shows it this once.',
          ...reads(newApiKey, create),
          answers: { 201: json(newApiKeyJson) },
        },
      },
    },
    {
      path: '/api-keys/:id',
      opening: ADMIN,
      methods: {
        GET: {
          summary: 'Shows an API key, but not its text.',
          answers: { 200: json(apiKeyJson) },
          handle: async ({ id }) => found(apiKeyToJson(await apiKeys.get(id))),
        },
        DELETE: { summary: 'Revokes an API key.', answers: { 204: {} }, handle: revoke },
      },
    },
  ];
}
