import { RequestError } from '../../errors.ts';
import { parseTime } from './time.ts';

/** Items of a list when nothing else is asked for, and at most. */
export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 100;

/**
 * The query of an operator's request. Names that we do not know are ignored, a name given twice is
 * refused, and no value is ever a list or an object.
 */
export class OperatorQuery {
  readonly #parsed: URLSearchParams;

  /** `url` is the request target as it was sent. */
  constructor(url: string) {
    const mark = url.indexOf('?');
    this.#parsed = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  }

  entries(): Iterable<[string, string]> {
    return this.#parsed.entries();
  }

  get(name: string): string | undefined {
    const [value, ...others] = this.#parsed.getAll(name);
    if (others.length > 0) throw parameterError(name, 'must be given once');
    return value;
  }

  /** Length of one page of a list. */
  limit(): number {
    const text = this.get('limit');
    if (text === undefined) return LIMIT_DEFAULT;
    const limit = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
    if (limit >= 1 && limit <= LIMIT_MAX) return limit;
    throw parameterError('limit', `must be a whole number from 1 to ${LIMIT_MAX}`);
  }

  /** The number of a line. */
  number(name: string): number | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
    throw parameterError(name, 'must be the number of a line of this list');
  }

  choice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    return chosen(name, text, allowed);
  }

  /** Several of a kind, with commas between them. */
  choices<T extends string>(name: string, allowed: readonly T[]): ReadonlySet<T> | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    return new Set(text.split(',').map((one) => chosen(name, one, allowed)));
  }

  time(name: string): number | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    const moment = parseTime(text);
    if (moment === undefined) {
      throw parameterError(name, 'must be a time such as 2026-01-31T12:00:00Z');
    }
    return moment;
  }
}

/** What is wrong with a parameter; its pointer is that of a member of the same name. */
export function parameterError(name: string, detail: string): RequestError {
  const fields = [{ pointer: `/${name}`, detail }];
  return new RequestError('invalid-request', `${name} ${detail}`, { fields });
}

function chosen<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const choice = allowed.find((one) => one === text);
  if (choice === undefined) throw parameterError(name, `must be one of ${allowed.join(', ')}`);
  return choice;
}
