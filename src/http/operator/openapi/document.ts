import { type DescribedPath, OPERATOR_METHODS } from '../route.ts';
import { Components } from './components.ts';
import { webhooksOf } from './event-section.ts';
import { KEY_SCHEME, operationOf, TICKET_SCHEME } from './operation.ts';

const ABOUT = `Amounts are whole millisatoshi (\`…Msat\`), on-chain amounts whole satoshi (\`…Sat\`), times RFC 3339,
durations seconds (\`…Seconds\`). Lists are \`{items, next}\`; give \`next\` back as \`?after=\`. HEAD is answered
wherever GET is, but for streams and pages. Names that are not in a query's list are ignored, members that are not in a body's schema are
refused, and answers may get more of them. Refusals are \`application/problem+json\`; programs read their \`code\`. A key in a URL is refused.`;

/** The API in OpenAPI 3.1, out of the descriptions that its routes are mounted with. */
export function openApiDocument(paths: readonly DescribedPath[]): object {
  const components = new Components();
  const items = paths.map((described) => [
    described.path.replaceAll(/:(\w+)/g, '{$1}'),
    pathItem(described, components),
  ]);
  return {
    openapi: '3.1.0',
    info: { title: 'Boltgate admin API', version: '1', description: ABOUT.replaceAll('\n', ' ') },
    servers: [{ url: '/api/v1' }],
    paths: Object.fromEntries(items),
    webhooks: webhooksOf(components),
    components: {
      ...components.toJson(),
      securitySchemes: {
        [KEY_SCHEME]: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key. Each operation names the scopes of which the key needs one.',
        },
        [TICKET_SCHEME]: {
          type: 'apiKey',
          in: 'query',
          name: 'ticket',
          description:
            'For browsers, which cannot send the header: good once, for one thing, and soon over.',
        },
      },
    },
  };
}

function pathItem(described: DescribedPath, components: Components): object {
  const operations = OPERATOR_METHODS.flatMap((method) => {
    const action = described.methods[method];
    return action
      ? [[method.toLowerCase(), operationOf(described, method, action, components)]]
      : [];
  });
  return Object.fromEntries(operations);
}
