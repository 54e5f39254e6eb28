import { z } from 'zod';

/** What `timeToJson` writes. */
export const timeJson = z.iso.datetime();

/** What `msatToJson` writes. */
export const msatJson = z.int().min(0);

/** What `signedMsatToJson` writes. */
export const signedMsatJson = z.int();

/** A number of things. */
export const countJson = z.int().min(0);

export const urlJson = z.url();

/** The hash of a payment, a key of a node: bytes in hex. */
export const hexJson = z.string().regex(/^(?:[0-9a-f]{2})+$/);

/** The forms in which a link is given back. */
export const linkFormsJson = {
  url: urlJson,
  lnurl: z
    .string()
    .regex(/^LNURL1[0-9A-Z]+$/)
    .meta({ description: 'LUD-01, as a QR code has it.' }),
  lud17: urlJson.meta({ description: 'LUD-17.' }),
  qr: urlJson.meta({ description: 'An SVG of the code.' }),
};
