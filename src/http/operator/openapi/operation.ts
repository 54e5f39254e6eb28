import { z } from 'zod';
import { type QueryParameter, ticketParameter } from '../parameters.ts';
import type { ActionDescription, DescribedPath, OperatorMethod } from '../route.ts';
import { type Opening, scopesFor } from '../scopes.ts';
import type { Components } from './components.ts';
import { byStatus, refusalsOf } from './refusals.ts';

type JsonObject = Record<string, unknown>;

/** Names of the schemes in the document. */
export const KEY_SCHEME = 'apiKey';
export const TICKET_SCHEME = 'ticket';

/** One method of one path, as OpenAPI writes it. */
export function operationOf(
  described: DescribedPath,
  method: OperatorMethod,
  action: ActionDescription,
  components: Components,
): JsonObject {
  const { path, opening } = described;
  const { summary, query = [], body } = action;
  const parameters = [
    ...(path.includes('/:id') ? [ID_PARAMETER] : []),
    ...query
      .filter((parameter) => parameter !== ticketParameter)
      .map((parameter) => queryParameter(parameter, components)),
    ...(method === 'POST' ? [IDEMPOTENCY_KEY] : []),
  ];
  return {
    tags: [path.split('/')[1]],
    operationId: operationId(method, path),
    summary,
    ...(opening && !opening.ofAccounts && { description: NOT_FOR_ACCOUNTS }),
    security: opening ? securityOf(opening, method, action) : [],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: components.schemaOf(body, 'taken') } },
      },
    }),
    responses: responsesOf(described, method, action, components),
  };
}

function securityOf(
  opening: Opening,
  method: OperatorMethod,
  { query = [] }: ActionDescription,
): readonly JsonObject[] {
  const scopes = new Set(scopesFor(opening, method));
  return [
    ...[...scopes].map((scope) => ({ [KEY_SCHEME]: [scope] })),
    ...(query.includes(ticketParameter) ? [{ [TICKET_SCHEME]: [] }] : []),
  ];
}

const NOT_FOR_ACCOUNTS = 'A key that is bound to one account does not open this.';

const ID_PARAMETER = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };

/** FC-31. */
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Done once for each key, however often it comes: the first answer is given again. Kept for at least 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

function queryParameter(parameter: QueryParameter, components: Components): JsonObject {
  const { name, description, schema } = parameter;
  return { name, in: 'query', description, schema: components.schemaOf(schema, 'taken') };
}

function responsesOf(
  described: DescribedPath,
  method: OperatorMethod,
  action: ActionDescription,
  components: Components,
): JsonObject {
  const good = Object.entries(action.answers).map(([status, bodies]) => {
    const content = Object.entries(bodies).map(([type, schema]) => [
      type,
      { schema: components.schemaOf(schema, 'given') },
    ]);
    return [
      status,
      {
        description: DESCRIPTIONS[Number(status)] ?? 'Done',
        ...(method === 'POST' && { headers: headersOf(status, bodies) }),
        ...(content.length > 0 && { content: Object.fromEntries(content) }),
      },
    ];
  });
  const bad = [...byStatus(refusalsOf(described, method, action))].map(([status, codes]) => [
    status,
    components.refusal(codes),
  ]);
  return Object.fromEntries([...good, ...bad]);
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  101: 'A WebSocket: each message is an `Event` in JSON, but for the first one, which says where it begins',
  200: 'As it is',
  201: 'Made',
  204: 'Done, and there is nothing to say about it',
};

const REPLAYED = {
  'Idempotency-Replayed': {
    description: '`true` when this answer was given before.',
    schema: { const: 'true' },
  },
};

/** What is made and has an id is found again under it. */
function headersOf(status: string, bodies: Readonly<Record<string, z.ZodType>>): JsonObject {
  const made = status === '201' ? bodies['application/json'] : undefined;
  const hasId = made instanceof z.ZodObject && 'id' in made.shape;
  return { ...REPLAYED, ...(hasId && LOCATION) };
}

const LOCATION = {
  Location: {
    description: 'Path of what was made.',
    schema: { type: 'string', format: 'uri-reference' },
  },
};

/** `POST /withdrawals/:id/resolve` is `postWithdrawalsByIdResolve`. */
function operationId(method: OperatorMethod, path: string): string {
  const words = path.replaceAll('/:', '/by/').split(/[^a-z]+/);
  const name = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  return `${method.toLowerCase()}${name}`;
}
