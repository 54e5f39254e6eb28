import { z } from 'zod';
import type { ErrorCode } from '../../../errors.ts';
import { problemJson } from './problem-json.ts';
import { entryOf } from './refusals.ts';

type JsonObject = Record<string, unknown>;

const DEFINITIONS = '#/$defs/';

/** What callers send us is `taken`, what we answer is `given`. */
export type Direction = 'taken' | 'given';

/** What the actions of a document share: the schemas that have a name, and the refusals. */
export class Components {
  readonly #schemas = new Map<string, unknown>();
  readonly #responses = new Map<string, JsonObject>();

  /** JSON Schema of what we take or give. What has a name in it is told once, under that name. */
  schemaOf(schema: z.ZodType, direction: Direction): JsonObject {
    const {
      $schema: _,
      $defs,
      ...own
    } = z.toJSONSchema(schema, {
      io: 'input',
      target: 'draft-2020-12',
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        tidy(zodSchema._zod.def.type, jsonSchema);
        // More members may come later, and no reader shall stumble over them.
        if (direction === 'given' && jsonSchema.additionalProperties === false) {
          delete jsonSchema.additionalProperties;
        }
      },
    });
    for (const [name, definition] of Object.entries($defs ?? {})) {
      this.#schemas.set(name, moved(definition));
    }
    return movedMembers(own);
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
        'application/problem+json': {
          schema: { allOf: [this.schemaOf(problemJson, 'given'), code] },
        },
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

/** Kinds of zod that would silently become a schema for anything. */
const UNSAYABLE: ReadonlySet<string> = new Set([
  ...['bigint', 'custom', 'date', 'function', 'map', 'nan', 'set', 'symbol', 'transform', 'void'],
]);

/** Says in the words of JSON Schema what zod says in its own. */
function tidy(kind: string, schema: JsonObject): void {
  if (UNSAYABLE.has(kind)) throw new Error(`JSON Schema has no word for ${kind}`);
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
  return typeof value === 'object' && value !== null ? movedMembers(value) : value;
}

function movedMembers(value: object): JsonObject {
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
