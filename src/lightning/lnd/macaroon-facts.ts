/** What may be done: `uri` and the path of a call, or a kind of thing and `read`, `write`, `generate`. */
export interface Right {
  readonly entity: string;
  readonly action: string;
}

/** What a macaroon says of itself. Only LND can tell whether it is genuine. */
export interface MacaroonFacts {
  /** Deleting this key in LND revokes it; 0 is that of LND's own. */
  readonly rootKeyId: string;
  readonly rights: readonly Right[];
  /** Conditions, such as `time-before 2027-01-01T00:00:00Z`. */
  readonly caveats: readonly string[];
}

/** Of the binary form. */
const VERSION = 2;
const FIELD = { end: 0, identifier: 2, verification: 4 } as const;
/** Of the identifier that LND puts into it, whose rest is a message of protobuf. */
const IDENTIFIER_VERSION = 3;
const LENGTH_DELIMITED = 2;
const ID = { storageId: 2, ops: 3 } as const;
const OP = { entity: 1, actions: 2 } as const;

/** Reads a macaroon of LND in hex; undefined when it is none. */
export function readMacaroonFacts(hex: string): MacaroonFacts | undefined {
  try {
    return read(Buffer.from(hex, 'hex'));
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {
  override readonly name = 'Malformed';
}

function read(bytes: Buffer): MacaroonFacts {
  const reader = new Reader(bytes);
  if (reader.byte() !== VERSION) throw new Malformed();
  const identifier = section(reader).get(FIELD.identifier);
  const caveats: string[] = [];
  for (let caveat = section(reader); caveat.size > 0; caveat = section(reader)) {
    // One with a verification id is for somebody else to judge.
    const text = caveat.get(FIELD.identifier)?.toString('utf8');
    if (text !== undefined && !caveat.has(FIELD.verification)) caveats.push(text);
  }
  if (identifier?.[0] !== IDENTIFIER_VERSION) throw new Malformed();
  return { ...readIdentifier(identifier.subarray(1)), caveats };
}

/** Fields until the end of a section: kind, length, content. */
function section(reader: Reader): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let kind = reader.varint(); kind !== FIELD.end; kind = reader.varint()) {
    fields.set(kind, reader.take(reader.varint()));
  }
  return fields;
}

function readIdentifier(bytes: Buffer): Omit<MacaroonFacts, 'caveats'> {
  const fields = message(bytes);
  const rights = fields
    .filter(({ number }) => number === ID.ops)
    .flatMap(({ content }) => {
      const op = message(content);
      const text = (number: number): string[] =>
        op.filter((field) => field.number === number).map((field) => field.content.toString());
      const [entity = ''] = text(OP.entity);
      return text(OP.actions).map((action) => ({ entity, action }));
    });
  const storageId = fields.find(({ number }) => number === ID.storageId);
  return { rootKeyId: storageId?.content.toString() ?? '', rights };
}

/** A message of protobuf in which every field has a length. */
function message(bytes: Buffer): { readonly number: number; readonly content: Buffer }[] {
  const reader = new Reader(bytes);
  const fields = [];
  while (!reader.isAtEnd) {
    const key = reader.varint();
    if ((key & 7) !== LENGTH_DELIMITED) throw new Malformed();
    fields.push({ number: key >> 3, content: reader.take(reader.varint()) });
  }
  return fields;
}

const MAX_VARINT_BYTES = 4;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new Malformed();
    this.#at += 1;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let index = 0; index < MAX_VARINT_BYTES; index += 1) {
      const byte = this.byte();
      value |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return value;
    }
    throw new Malformed();
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Malformed();
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
