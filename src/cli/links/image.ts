import { readFileSync } from 'node:fs';
import { imageFault, type MetadataImage } from '../../lnurl/pay/metadata.ts';
import { codeOf, Misuse } from '../failure.ts';
import { printable } from '../text.ts';

const PNG_BYTE = 0x89;

/** Reads a picture for the metadata (LUD-06) from a PNG or JPEG file. */
export function imageFrom(path: string): MetadataImage {
  const bytes = read(path);
  const kind = bytes[0] === PNG_BYTE ? 'png' : 'jpeg';
  const image = { kind, base64: bytes.toString('base64') } as const;
  const fault = imageFault(image);
  if (fault === undefined) return image;
  throw new Misuse(`${printable(path)} cannot be shown by wallets: ${fault}`);
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Misuse(`${printable(path)} cannot be read (${codeOf(error) ?? 'unknown error'})`);
  }
}
