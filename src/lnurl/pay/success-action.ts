import { type FieldError, RequestError } from '../../errors.ts';
import { hostKind, parseWebUrl, protocolOf } from '../web-url.ts';

/** What a wallet shows after it has paid (LUD-09). It is told before: no place for a secret. */
export type SuccessAction =
  | { readonly tag: 'message'; readonly message: string }
  | { readonly tag: 'url'; readonly description: string; readonly url: string };

/** Stands in the URL for the id of the invoice, which nobody can guess (LUD09-5). */
const INVOICE_ID = '{invoiceId}';
/** As long as every id of an invoice. */
const SAMPLE_ID = `inv_${'a'.repeat(26)}`;

/** The action of one invoice: a thank-you page finds its order by the id. */
export function actionFor(action: SuccessAction, invoiceId: string): SuccessAction {
  if (action.tag === 'message') return action;
  return { ...action, url: action.url.replaceAll(INVOICE_ID, invoiceId) };
}

/**
 * Checks what an operator configured (LUD-09) by the rules of the strictest wallets. `publicUrl` is
 * where our callbacks are, whose host the link must share. Throws RequestError with every fault.
 */
export function checkSuccessAction(value: unknown, publicUrl: string): SuccessAction {
  const given = membersOf(value);
  if (given.tag === 'message') {
    const action = { tag: 'message', message: textOf(given.message) } as const;
    return passed(action, [...strangers(given, action), ...textFaults('message', action.message)]);
  }
  if (given.tag === 'url') {
    const { description, url } = given;
    const action = { tag: 'url', description: textOf(description), url: textOf(url) } as const;
    return passed(action, [
      ...strangers(given, action),
      ...textFaults('description', action.description),
      ...urlFaults(action.url, publicUrl),
    ]);
  }
  throw refusal(fault('tag', 'must be "message" or "url"'), []);
}

function passed<T extends SuccessAction>(action: T, faults: readonly FieldError[]): T {
  const [first, ...others] = faults;
  if (first) throw refusal(first, others);
  return action;
}

function refusal(first: FieldError, others: readonly FieldError[]): RequestError {
  const message = `${first.pointer.slice(1).replaceAll('/', '.')} ${first.detail}`;
  return new RequestError('invalid-request', message, { fields: [first, ...others] });
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { ...value } : {};
}

/** What is no text fails as an empty one does. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Some wallets refuse an action with a member that they do not know. */
function strangers(given: object, action: SuccessAction): FieldError[] {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(action, name));
  return unknown.map((name) => fault(name, `has no place in an action of tag ${action.tag}`));
}

/** Wallets count bytes, code units or code points: bytes are the strictest. */
const MAX_TEXT_BYTES = 144;

function textFaults(member: string, text: string): FieldError[] {
  const isBlank = text.trim() === '';
  if (isBlank || Buffer.byteLength(text, 'utf8') > MAX_TEXT_BYTES) {
    return [fault(member, `must be a text of 1 to ${MAX_TEXT_BYTES} bytes of UTF-8`)];
  }
  if (/(?!\n)[\p{Cc}\p{Cs}]/u.test(text)) {
    return [fault(member, 'must not have control characters other than \\n')];
  }
  return [];
}

const MAX_URL_CHARACTERS = 2_047;

function urlFaults(text: string, publicUrl: string): FieldError[] {
  const detail = urlFault(text, new URL(publicUrl));
  return detail === undefined ? [] : [fault('url', detail)];
}

function urlFault(template: string, ours: URL): string | undefined {
  const text = template.replaceAll(INVOICE_ID, SAMPLE_ID);
  if (/[{}]/.test(text)) return `knows no other placeholder than ${INVOICE_ID}`;
  // Old URL parsers know ASCII only.
  const isReadable = text.length <= MAX_URL_CHARACTERS && /^[\x21-\x7e]+$/.test(text);
  const url = isReadable ? parseWebUrl(text) : undefined;
  if (!url) return `must be an absolute URL of at most ${MAX_URL_CHARACTERS} characters`;
  if (url.host !== ours.host) return `must be on ${ours.host}, the host of the callback`;
  const isHttpHost = protocolOf(hostKind(ours.hostname)) === 'http';
  if (url.protocol === 'https:' || (isHttpHost && url.protocol === ours.protocol)) return undefined;
  return 'must be an https URL';
}

function fault(member: string, detail: string): FieldError {
  return { pointer: `/successAction/${pointerToken(member)}`, detail };
}

/** RFC 6901, section 3. */
function pointerToken(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}
