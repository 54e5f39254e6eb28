import { Refusal } from '../failure.ts';

type Entry = readonly [type: string, content: string];

/** What metadata says (LUD-06), as far as a wallet shows it. */
export interface Metadata {
  readonly description: string;
  /** The lightning address that is paid (LUD-16). */
  readonly identifier: string | undefined;
}

const MAX_DESCRIPTION_BYTES = 639;
const MAX_IMAGE_CHARACTERS = 136_536;
const IMAGE_TYPES = ['image/png;base64', 'image/jpeg;base64'];
const IDENTIFIER_TYPES = ['text/identifier', 'text/email'];
const IDENTIFIER = /^[a-z0-9._-]+@[a-z0-9.-]+$/;

/**
 * Reads metadata as the strictest wallets do (LUD-06): pairs of strings and nothing else, exactly one
 * `text/plain`, at most one picture and one address (LUD-16), at most one long text (LUD-20).
 */
export function readMetadata(text: string): Metadata {
  const entries = parseEntries(text);
  const description = single(entries, ['text/plain']);
  if (!description) throw refusal('has no text/plain');
  if (Buffer.byteLength(description) > MAX_DESCRIPTION_BYTES || /[\r\n]/.test(description)) {
    throw refusal(
      `has a text/plain that is not one line of at most ${MAX_DESCRIPTION_BYTES} bytes`,
    );
  }
  const image = single(entries, IMAGE_TYPES) ?? '';
  if (image.startsWith('data:') || image.length > MAX_IMAGE_CHARACTERS) {
    throw refusal(`has a picture that is not base64 of at most ${MAX_IMAGE_CHARACTERS} characters`);
  }
  const identifier = single(entries, IDENTIFIER_TYPES);
  if (identifier !== undefined && !IDENTIFIER.test(identifier)) {
    throw refusal('names something that is no lightning address');
  }
  single(entries, ['text/long-desc']);
  return { description, identifier };
}

function parseEntries(text: string): readonly Entry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw refusal('is no JSON');
  }
  if (!Array.isArray(parsed) || !parsed.every(isEntry))
    throw refusal('is no list of pairs of texts');
  return parsed;
}

function isEntry(value: unknown): value is Entry {
  return (
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
  );
}

/** The one entry of these types, or undefined. */
function single(entries: readonly Entry[], types: readonly string[]): string | undefined {
  const [first, second] = entries.filter(([type]) => types.includes(type));
  if (second) throw refusal(`has more than one ${types.join(' or ')}`);
  return first?.[1];
}

function refusal(fault: string): Refusal {
  return new Refusal(`The metadata ${fault}`);
}
