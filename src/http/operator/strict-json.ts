import { RequestError } from '../../errors.ts';
import { pointerOf } from './pointer.ts';

/** Nothing that we read is deeper than this by far. */
const MAX_DEPTH = 16;

/**
 * Parses the text of a body. A member that is given twice is refused: readers disagree on which one
 * counts, and here it may be an amount.
 */
export function parseStrictJson(text: string): unknown {
  const value = parse(text);
  refuseRepeatedMembers(text);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError('invalid-request', 'The body is not JSON');
  }
}

/** What is open around the place that is read: an object with its names so far, or a list. */
interface Level {
  readonly names: Set<string> | undefined;
  at: string | number;
}

/** Walks over a text that is known to be JSON; all that matters are brackets, commas and names. */
function refuseRepeatedMembers(text: string): void {
  const levels: Level[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const level = levels.at(-1);
    switch (text.charAt(index)) {
      case '{':
      case '[':
        levels.push({ names: text[index] === '{' ? new Set() : undefined, at: 0 });
        if (levels.length > MAX_DEPTH) {
          throw new RequestError('invalid-request', 'The body is nested too deeply');
        }
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (level && typeof level.at === 'number') level.at += 1;
        break;
      case '"': {
        const end = endOfString(text, index);
        if (level?.names && isName(text, end)) {
          level.at = nameOf(text.slice(index, end));
          if (level.names.has(level.at)) throw repeated(levels);
          level.names.add(level.at);
        }
        index = end - 1;
        break;
      }
      default:
    }
  }
}

/** The place behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index + 1;
}

/** A string before a colon is a name; a value never is. */
function isName(text: string, end: number): boolean {
  let index = end;
  while (/[ \t\r\n]/.test(text[index] ?? '')) index += 1;
  return text[index] === ':';
}

/** Two spellings with escapes may be one name. */
function nameOf(quoted: string): string {
  return String(JSON.parse(quoted));
}

function repeated(levels: readonly Level[]): RequestError {
  const pointer = pointerOf(levels.map(({ at }) => at));
  const fields = [{ pointer, detail: 'is given twice' }];
  return new RequestError('invalid-request', 'A member of the body is given twice', { fields });
}
