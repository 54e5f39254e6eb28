import { z } from 'zod';
import type { ErrorCode } from '../../../errors.ts';
import { problemJson } from './problem-json.ts';
import { entryOf } from './refusals.ts';

type JsonObject = Record<string, unknown>;

const DEFINITIONS = '#/$defs/';

/** What the actions of a document share: the schemas that have a name, and the refusals. */
export class Components {
  readonly #schemas = new Map<string, unknown>();
  readonly #responses = new Map<string, JsonObject>();

  /** JSON Schema of what `schema` accepts. What has a name in it is told once, under that name. */
  schemaOf(schema: z.ZodType): JsonObject {
    const {
      $schema: _,
      $defs,
      ...own
    } = z.toJSONSchema(schema, {
      io: 'input',
      target: 'draft-2020-12',
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => tidy(zodSchema._zod.def.type, jsonSchema),
    });
    for (const [name, definition] of Object.entries($defs ?? {})) {
      this.#schemas.set(name, moved(definition));
    }
    return moved(own) as JsonObject;
  }

  /** Reference to the response that refuses with one of these codes, which share a status. */
  refusal(codes: readonly ErrorCode[]): JsonObject {
    const name = codes.join('-or-');
    if (!this.#responses.has(name)) this.#responses.set(name, this.#refusal(codes));
    return { $ref: `#/components/responses/${name}` };
  }

  /** All of them, in the order of the alphabet. */
  toJson(): JsonObject {
    return { schemas: sorted(this.#schemas), responses: sorted(this.#responses) };
  }

  #refusal(codes: readonly ErrorCode[]): JsonObject {
    const code = { properties: { code: { enum: codes } } };
    return {
      description: codes.map((one) => entryOf(one).title).join('; '),
      ...headersOf(codes),
      content: {
        'application/problem+json': { schema: { allOf: [this.schemaOf(problemJson), code] } },
      },
    };
  }
}

function headersOf(codes: readonly ErrorCode[]): JsonObject {
  if (codes.includes('unauthorized')) {
    return { headers: { 'WWW-Authenticate': { schema: { const: 'Bearer' } } } };
  }
  if (!codes.includes('too-many-requests')) return {};
  const description = 'Seconds to wait, when waiting helps.';
  return { headers: { 'Retry-After': { description, schema: { type: 'integer', minimum: 1 } } } };
}

/** Says in the words of JSON Schema what zod says in its own. */
function tidy(kind: string, schema: JsonObject): void {
  // A member that is known and may not be given.
  if (kind === 'undefined') schema.not = {};
  // The format says it, and the pattern of zod is a page long.
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) {
    delete schema.maximum;
    schema.format = 'int64';
  }
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

/** References to named schemas, turned to where those stand in an OpenAPI document. */
function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => {
    const isReference = name === '$ref' && typeof member === 'string';
    if (!isReference || !member.startsWith(DEFINITIONS)) return [name, moved(member)];
    return [name, `#/components/schemas/${member.slice(DEFINITIONS.length)}`];
  });
  return Object.fromEntries(entries);
}

function sorted(map: ReadonlyMap<string, unknown>): JsonObject {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
