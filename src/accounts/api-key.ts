/** What a key may do; `admin` may do everything. */
export const SCOPES = ['read', 'links', 'payouts', 'logins', 'admin'] as const;

/**
 * - `read`: lists and single things, but for what is money to whoever holds it.
 * - `links`: pay links and addresses.
 * - `payouts`: withdraw links, batches with their vouchers, channel offers.
 * - `logins`: logins of a site.
 * - `admin`: all of it, and accounts, transfers, decisions, keys.
 */
export type Scope = (typeof SCOPES)[number];

/** A key of the admin API, without the key itself. Times are milliseconds since 1970. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only account whose things it sees and makes; undefined: of all accounts. */
  readonly accountId: string | undefined;
  readonly createdAt: number;
  /** To the minute. */
  readonly lastUsedAt: number | undefined;
  readonly revokedAt: number | undefined;
}
