import { fileURLToPath } from 'node:url';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';

/** How one call is written and read. */
export interface Codec {
  readonly path: string;
  readonly write: (request: object) => Buffer;
  /** Of a known shape only as far as the bytes go: every field is checked by whoever asked. */
  readonly read: (bytes: Buffer) => unknown;
}

/** Our own trimmed copy of LND's interface; the same way from src/ and from dist/. */
const FOLDER = fileURLToPath(new URL('../../../config/lnd', import.meta.url));
const FILES = ['lightning.proto', 'router.proto', 'invoices.proto'];

/** Bytes as Buffer, 64-bit numbers as decimal text, enums by name, absent fields as their default. */
const OPTIONS = {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
  includeDirs: [FOLDER],
};

type Methods = Readonly<Record<string, MethodDefinition<object, object>>>;

let known: ReadonlyMap<string, MethodDefinition<object, object>> | undefined;

/**
 * All methods of our trimmed copy by their path, for whoever calls them or stands in for LND. The files
 * are part of the program, so they are read once.
 */
export function loadMethods(): ReadonlyMap<string, MethodDefinition<object, object>> {
  known ??= readMethods();
  return known;
}

function readMethods(): ReadonlyMap<string, MethodDefinition<object, object>> {
  const methods = new Map<string, MethodDefinition<object, object>>();
  for (const definition of Object.values(loadSync(FILES, OPTIONS))) {
    if ('format' in definition) continue;
    for (const method of Object.values<Methods[string]>(definition)) {
      methods.set(method.path, method);
    }
  }
  return methods;
}

/** The codecs of all calls by their path. */
export function loadCodecs(): ReadonlyMap<string, Codec> {
  return new Map(
    [...loadMethods()].map(([path, method]) => [
      path,
      { path, write: method.requestSerialize, read: method.responseDeserialize },
    ]),
  );
}
