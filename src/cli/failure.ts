/** What was asked for was understood, and was not done: exit code 1. The message is one sentence. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** What the API said, for `--json`; undefined when it said nothing. */
  readonly body: unknown;

  constructor(message: string, options: ErrorOptions & { readonly body?: unknown } = {}) {
    super(message, options);
    this.body = options.body;
  }
}

/** The command line or the environment makes no sense: exit code 2. The message is one sentence. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}

/** The code of a system error such as ECONNREFUSED or ENOENT, also of one that stands behind it. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  return 'cause' in error ? codeOf(error.cause) : undefined;
}
