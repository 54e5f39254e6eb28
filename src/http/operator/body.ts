import express, { type RequestHandler } from 'express';
import { RequestError } from '../../errors.ts';
import { parseStrictJson } from './strict-json.ts';

/** Room for a picture in base64. */
const BODY_MAX_BYTES = 1024 * 1024;

/** Reads the bytes of a body, whatever it says it is. A compressed one is refused: it may unfold. */
export function bodyReader(): RequestHandler {
  return express.raw({ type: () => true, limit: BODY_MAX_BYTES, inflate: false });
}

/** The bytes that `bodyReader` left; none when the request had no body. */
export function bytesOf(req: { readonly body?: unknown }): Uint8Array {
  return Buffer.isBuffer(req.body) ? req.body : new Uint8Array();
}

const JSON_TYPE = /^application\/json *(?:; *charset="?utf-8"? *)?$/i;

/** The value of a JSON body. No body at all is an object without members. */
export function readJson(bytes: Uint8Array, contentType: string | undefined): unknown {
  if (bytes.length === 0) return {};
  if (!JSON_TYPE.test(contentType ?? '')) {
    throw new RequestError('unsupported-media-type', 'The body must be application/json in UTF-8');
  }
  return parseStrictJson(decode(bytes));
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RequestError('invalid-request', 'The body is not UTF-8');
  }
}
