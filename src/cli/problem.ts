import { z } from 'zod';
import { Refusal } from './failure.ts';
import type { ServerAnswer } from './server-call.ts';
import { printable } from './text.ts';

/** RFC 9457, as our API writes it. */
const problem = z.object({
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

/** What our server refused, as one sentence: `title: detail (field: what is wrong with it)`. */
export function refusalOf({ status, body }: ServerAnswer, origin: string): Refusal {
  const read = problem.safeParse(body);
  if (!read.success) {
    return new Refusal(`What answers at ${origin} is not this server: HTTP ${status}`, { body });
  }
  const { title, detail, errors = [] } = read.data;
  const fields = errors.map((error) => `${fieldOf(error.pointer)}: ${error.detail}`).join('; ');
  const sentence = detail === undefined ? title : `${title}: ${detail}`;
  return new Refusal(printable(fields === '' ? sentence : `${sentence} (${fields})`), { body });
}

/** A JSON pointer as people write it: `/successAction/url` is `successAction.url`. */
function fieldOf(pointer: string): string {
  return pointer.replace(/^\//, '').replaceAll('/', '.') || 'body';
}
