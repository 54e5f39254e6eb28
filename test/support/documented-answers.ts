import type { RequestHandler } from 'express';
import { type EventLog, eventToJson } from '../../src/events/tail.ts';
import { eventJson } from '../../src/http/operator/event-json.ts';
import { problemJson } from '../../src/http/operator/openapi/problem-json.ts';
import { refusalsOf } from '../../src/http/operator/openapi/refusals.ts';
import {
  type ActionDescription,
  type DescribedPath,
  OPERATOR_METHODS,
} from '../../src/http/operator/route.ts';

/** Refusals of what no operation is described for. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...['unauthorized', 'forbidden', 'not-found', 'method-not-allowed', 'too-many-requests'],
  ...['invalid-request', 'store-unavailable', 'internal'],
]);

/** Types of bodies that are read to the end and held against their schema. */
const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/problem+json']);

/** As many as a test may have that is not about their number. */
const EVENTS_READ = 200;

/** Holds every answer of the operator's API against what the document says of it. */
export class DocumentedAnswers {
  /** What an answer had that the document does not tell. */
  readonly surprises: string[] = [];
  readonly #paths: readonly { readonly pattern: RegExp; readonly described: DescribedPath }[];

  constructor(paths: readonly DescribedPath[]) {
    this.#paths = paths.map((described) => ({ pattern: patternOf(described), described }));
  }

  /** To be mounted where the API is, before it. */
  handler(): RequestHandler {
    return (req, res, next) => {
      const { method, path } = req;
      const pieces: Uint8Array[] = [];
      // All JSON of ours is written in one piece; what comes in many has no end.
      res.end = keeping(res.end, pieces);
      res.once('close', () => {
        const type = String(res.getHeader('content-type') ?? '').split(';')[0] ?? '';
        const isWhole = res.writableFinished && JSON_TYPES.has(type);
        const text = isWhole ? Buffer.concat(pieces).toString() : '';
        const why = this.#whyNot({ method, path, status: res.statusCode, type, text });
        if (why) this.surprises.push(`${method} ${path} ${res.statusCode}: ${why}`);
      });
      next();
    };
  }

  /** Holds the events of the log against the document, too. */
  async readEvents(log: EventLog): Promise<void> {
    for (const event of await log.after(0n, EVENTS_READ)) {
      const why = eventJson.safeParse(JSON.parse(eventToJson(event))).error?.message;
      if (why) this.surprises.push(`${event.type}: ${why}`);
    }
  }

  /** Throws when there was a surprise. */
  assertNone(): void {
    if (this.surprises.length > 0) {
      throw new Error(`answers that openapi.json does not tell of:\n${this.surprises.join('\n')}`);
    }
  }

  #whyNot(answer: Answered): string | undefined {
    const [path, method, action] = this.#find(answer) ?? [];
    // A stream and a page have no head without their body.
    if (answer.method === 'HEAD' && answer.status === 405) return undefined;
    if (answer.status >= 400) {
      const codes: ReadonlySet<string> =
        path && method && action ? refusalsOf(path, method, action) : ELSEWHERE;
      return whyNotProblem(answer, codes);
    }
    const bodies = action?.answers[answer.status];
    if (!bodies) return 'no such operation, or not this status';
    if (answer.type === '') return Object.keys(bodies).length === 0 ? undefined : 'no body';
    const schema = bodies[answer.type];
    if (!schema) return `not as ${answer.type}`;
    if (answer.text === '') return undefined;
    return schema.safeParse(JSON.parse(answer.text)).error?.message;
  }

  #find({ method, path }: Answered) {
    const name = OPERATOR_METHODS.find((one) => one === (method === 'HEAD' ? 'GET' : method));
    for (const { pattern, described } of this.#paths) {
      const action: ActionDescription | undefined = name && described.methods[name];
      if (name && action && pattern.test(path)) return [described, name, action] as const;
    }
    return undefined;
  }
}

/** The same function, which also remembers what is written. */
function keeping<Writes extends (...args: never[]) => unknown>(
  writes: Writes,
  pieces: Uint8Array[],
): Writes {
  return new Proxy(writes, {
    apply: (target, self, args: readonly unknown[]) => {
      const [piece] = args;
      if (typeof piece === 'string') pieces.push(Buffer.from(piece));
      if (piece instanceof Uint8Array) pieces.push(piece);
      return Reflect.apply(target, self, [...args] as never);
    },
  });
}

interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Media type, empty when there is no body. */
  readonly type: string;
  /** The body, where it is JSON and was not left out. */
  readonly text: string;
}

function whyNotProblem(
  { type, status, text }: Answered,
  codes: ReadonlySet<string>,
): string | undefined {
  if (type !== 'application/problem+json') return `not as ${type}`;
  if (text === '') return undefined;
  const { data, error } = problemJson.safeParse(JSON.parse(text));
  if (!data) return error.message;
  if (data.status !== status) return `its body says ${data.status}`;
  return codes.has(data.code) ? undefined : `not with code ${data.code}`;
}

function patternOf({ path }: DescribedPath): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
}
