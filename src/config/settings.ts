/**
 * Every setting that the environment may hold. One that is `fileable` may also come as NAME_FILE,
 * the path of a file with its value: all secrets are, because an environment is easily seen.
 */
export const SETTINGS = {
  BOLTGATE_PUBLIC_URL: { fileable: false },
  BOLTGATE_LISTEN: { fileable: false },
  BOLTGATE_AUTH_URL: { fileable: false },
  BOLTGATE_CONFIRM_AUTH_HOST: { fileable: false },
  BOLTGATE_ADDRESS_DOMAINS: { fileable: false },
  BOLTGATE_DATA_DIR: { fileable: false },
  BOLTGATE_DATABASE_URL: { fileable: true },
  BOLTGATE_REDIS_URL: { fileable: true },
  BOLTGATE_SECRET: { fileable: true },
  BOLTGATE_ADMIN_KEY: { fileable: true },
  BOLTGATE_NODE: { fileable: false },
  BOLTGATE_LND_HOST: { fileable: false },
  BOLTGATE_LND_CONNECT: { fileable: true },
  BOLTGATE_LND_CERT: { fileable: true },
  BOLTGATE_LND_TLS_NAME: { fileable: false },
  BOLTGATE_LND_URI: { fileable: false },
  BOLTGATE_LND_MACAROON: { fileable: true },
  BOLTGATE_LND_RECEIVE_MACAROON: { fileable: true },
  BOLTGATE_LND_PAY_MACAROON: { fileable: true },
  BOLTGATE_LND_CHANNEL_MACAROON: { fileable: true },
  BOLTGATE_NODE_HINTS: { fileable: false },
  BOLTGATE_PAY_SELF: { fileable: false },
  BOLTGATE_FEE_PPM: { fileable: false },
  BOLTGATE_FEE_MIN_MSAT: { fileable: false },
  BOLTGATE_SPEND_DAY_MSAT: { fileable: false },
  BOLTGATE_TRUST_PROXY: { fileable: false },
  BOLTGATE_LOG_LEVEL: { fileable: false },
} as const satisfies Record<string, { readonly fileable: boolean }>;

export type SettingName = keyof typeof SETTINGS;

/** A setting that may come as NAME_FILE. */
export type FileableName = {
  [Name in SettingName]: (typeof SETTINGS)[Name]['fileable'] extends true ? Name : never;
}[SettingName];

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];
