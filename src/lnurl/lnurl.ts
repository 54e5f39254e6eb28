import { bech32 } from 'bech32';
import { RequestError } from '../errors.ts';

const PREFIX = 'lnurl';

/** What the largest QR code holds in its alphanumeric mode; bech32's own 90 is lifted (LUD-01). */
const MAX_LNURL_CHARACTERS = 4_296;

/** The URL bytes that fit: `lnurl`, the separator and the checksum take 12 characters. */
const MAX_URL_BYTES = Math.floor(((MAX_LNURL_CHARACTERS - 12) * 5) / 8);

/** A URL as an lnurl (LUD-01), in lower case: a QR code wants it in upper case, a mixture is wrong. */
export function encodeLnurl(url: string): string {
  const bytes = Buffer.from(url, 'utf8');
  if (bytes.length > MAX_URL_BYTES) {
    throw new RequestError('invalid-request', `the URL is longer than ${MAX_URL_BYTES} bytes`);
  }
  return bech32.encode(PREFIX, bech32.toWords(bytes), MAX_LNURL_CHARACTERS);
}

/**
 * The text inside an lnurl (LUD-01), in upper or lower case, with blanks around it; undefined when
 * the checksum, the prefix or the UTF-8 is wrong. It need not be a URL: `parseLink` looks at that.
 */
export function decodeLnurl(text: string): string | undefined {
  const lnurl = text.trim();
  // Letters beyond ASCII go first: the Kelvin sign, for one, is a `k` once it is in lower case.
  if (!/^lnurl1[0-9a-z]+$/i.test(lnurl)) return undefined;
  const decoded = bech32.decodeUnsafe(lnurl, MAX_LNURL_CHARACTERS);
  if (decoded?.prefix !== PREFIX) return undefined;
  const bytes = Buffer.from(bech32.fromWordsUnsafe(decoded.words) ?? []);
  const url = bytes.toString('utf8');
  return url !== '' && Buffer.from(url, 'utf8').equals(bytes) ? url : undefined;
}
