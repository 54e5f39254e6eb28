import { type FieldError, RequestError } from '../../errors.ts';

/** A picture in the metadata, in standard base64 without a `data:` prefix (LUD-06). */
export interface MetadataImage {
  readonly kind: 'png' | 'jpeg';
  readonly base64: string;
}

export interface MetadataParts {
  /** One line, what the wallet shows. */
  readonly description: string;
  /** Text with line breaks, for wallets with room for it (LUD-20). */
  readonly longDescription?: string | undefined;
  readonly image?: MetadataImage | undefined;
  /** The lightning address `name@domain`, without a tag (LUD-16). */
  readonly identifier?: string | undefined;
  /** In place of `identifier`, when the address is a mailbox too (LUD-16). */
  readonly email?: string | undefined;
  readonly tag?: string;
}

type Entry = readonly [type: string, content: string];

/**
 * The metadata of a payRequest (LUD-06) as the very text that wallets see and invoices commit to.
 * It is made once and kept: made anew with another order or blank, its hash would be another.
 */
export function payMetadata(parts: MetadataParts): string {
  const { image } = parts;
  if (parts.identifier !== undefined && parts.email !== undefined) {
    throw new RangeError('metadata names an address or a mailbox, not both');
  }
  const entries: readonly (Entry | undefined)[] = [
    ['text/plain', parts.description],
    entry('text/long-desc', parts.longDescription),
    image && [`image/${image.kind};base64`, image.base64],
    entry('text/identifier', parts.identifier),
    entry('text/email', parts.email),
  ];
  const metadata = JSON.stringify(entries.filter((one) => one !== undefined));
  return parts.tag === undefined ? metadata : withTag(metadata, parts.tag);
}

/** The metadata of `name+tag@domain` (LUD-16): that of the name, byte for byte, and the tag behind it. */
export function withTag(metadata: string, tag: string): string {
  return `${metadata.slice(0, -1)},${JSON.stringify(['text/tag', tag])}]`;
}

function entry(type: string, content: string | undefined): Entry | undefined {
  return content === undefined ? undefined : [type, content];
}

/** The parts that an operator writes. */
export type OperatorParts = Partial<
  Pick<MetadataParts, 'description' | 'longDescription' | 'image'>
>;

/** Throws RequestError with every part that wallets would refuse (LUD-06, LUD-20). */
export function checkMetadata(parts: OperatorParts): void {
  const fields = [
    fault('/description', parts.description, descriptionFault),
    fault('/longDescription', parts.longDescription, longDescriptionFault),
    fault('/image', parts.image, imageFault),
  ].filter((field) => field !== undefined);
  const [first] = fields;
  if (first) throw new RequestError('invalid-request', first.detail, { fields });
}

function fault<T>(
  pointer: string,
  value: T | undefined,
  faultOf: (value: T) => string | undefined,
): FieldError | undefined {
  const detail = value === undefined ? undefined : faultOf(value);
  return detail === undefined ? undefined : { pointer, detail };
}

/** What a BOLT-11 description can hold, where wallets copy it to. */
const MAX_DESCRIPTION_BYTES = 639;

/** What is wrong with a `text/plain` (LUD-06), or undefined. */
export function descriptionFault(text: string): string | undefined {
  if (text.trim() === '') return 'description must not be empty';
  if (Buffer.byteLength(text, 'utf8') > MAX_DESCRIPTION_BYTES) {
    return `description must be at most ${MAX_DESCRIPTION_BYTES} bytes of UTF-8`;
  }
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text)) {
    return 'description must be one line without control characters';
  }
  return undefined;
}

const MAX_LONG_DESCRIPTION_CHARACTERS = 4_000;

/** What is wrong with a `text/long-desc` (LUD-20), or undefined. */
export function longDescriptionFault(text: string): string | undefined {
  if (text.trim() === '') return 'longDescription must not be empty';
  if ([...text].length > MAX_LONG_DESCRIPTION_CHARACTERS) {
    return `longDescription must be at most ${MAX_LONG_DESCRIPTION_CHARACTERS} characters`;
  }
  if (/(?!\n)[\p{Cc}\p{Cs}]/u.test(text)) {
    return 'longDescription must not have control characters other than \\n';
  }
  return undefined;
}

/** The most that wallets accept in one metadata picture. */
const MAX_IMAGE_CHARACTERS = 136_536;

/** How the file of each kind begins. */
const MAGIC = {
  png: Buffer.from('89504e470d0a1a0a', 'hex'),
  jpeg: Buffer.from('ffd8ff', 'hex'),
} as const satisfies Record<MetadataImage['kind'], Buffer>;

/** What is wrong with a picture (LUD-06), or undefined; only the beginning of the file is looked at. */
export function imageFault(image: MetadataImage): string | undefined {
  if (/^data:/i.test(image.base64)) return 'image must be base64 without a data: prefix';
  if (image.base64.length > MAX_IMAGE_CHARACTERS) {
    return `image must be at most ${MAX_IMAGE_CHARACTERS} characters of base64`;
  }
  const bytes = Buffer.from(image.base64, 'base64');
  // The decoder forgives whatever it does not know; only the standard form comes back the same.
  if (bytes.toString('base64') !== image.base64) return 'image must be standard base64';
  const magic = MAGIC[image.kind];
  return magic.equals(bytes.subarray(0, magic.length)) ? undefined : `image is no ${image.kind}`;
}
