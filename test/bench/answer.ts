/** An HTTP answer as it came over the wire, one character a byte. */
export interface Answer {
  /** Status line and headers, without the empty line. */
  readonly head: string;
  readonly body: string;
}

const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;

/** The answer in `text`, or undefined while a part of it is missing. */
export function parseAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd);
  const length = CONTENT_LENGTH.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${head}`);
  const body = text.slice(headEnd + HEAD_END.length);
  return body.length < Number(length) ? undefined : { head, body };
}

/** Throws unless the answer is a success that begins as it should: nobody may measure refusals. */
export function assertGood({ head, body }: Answer, bodyStart: string): void {
  if (head.startsWith('HTTP/1.1 200 ') && body.startsWith(bodyStart)) return;
  throw new Error(`expected 200 and a body that begins with ${bodyStart}, got: ${head}\n\n${body}`);
}

/** The headers in their order, name and value in turn, without those that node:http adds itself. */
export function ownHeaders({ head }: Answer): string[] {
  return head
    .split('\r\n')
    .slice(1)
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
    .filter(([name]) => name !== undefined && !ADDED_BY_NODE.has(name))
    .flat();
}

const ADDED_BY_NODE: ReadonlySet<string> = new Set(['Date', 'Connection', 'Keep-Alive']);

/** An answer with the seconds of its date blotted out: the only bytes in which two may differ. */
export function withoutDate({ head, body }: Answer): string {
  return head.replace(/\r\nDate: [^\r]*/, '\r\nDate: …') + HEAD_END + body;
}
