import { parseHex32 } from '../hex.ts';
import type { Environment } from './environment.ts';
import { Secret } from './secret.ts';

/** The secrets that the environment gives; what it does not give lies in the data directory. */
export interface GivenSecrets {
  /** 64 characters of lower-case hex: tokens and k1 are derived from it. */
  readonly serverSecret: Secret | undefined;
  /** The first key of the admin API. */
  readonly adminKey: Secret | undefined;
}

export const SERVER_SECRET_WANTED = '64 characters of hex (32 random bytes)';
export const ADMIN_KEY_WANTED = '32 to 512 printable ASCII characters without a space';

/** Reads both secrets from the environment, or from the files that it names. */
export function readGivenSecrets(environment: Environment): GivenSecrets {
  return {
    serverSecret: environment.secret('BOLTGATE_SECRET', parseServerSecret, SERVER_SECRET_WANTED),
    adminKey: environment.secret('BOLTGATE_ADMIN_KEY', parseAdminKey, ADMIN_KEY_WANTED),
  };
}

export function parseServerSecret(text: string): Secret | undefined {
  const hex = parseHex32(text);
  return hex && new Secret(hex);
}

export function parseAdminKey(text: string): Secret | undefined {
  return /^[\x21-\x7e]{32,512}$/.test(text) ? new Secret(text) : undefined;
}
