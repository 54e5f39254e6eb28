import type { Scope } from '../../accounts/api-key.ts';
import { RequestError } from '../../errors.ts';
import { TREASURY } from '../../payments/ledger.ts';
import type { Caller } from './keys.ts';

/** What a key needs at a path. */
export interface Opening {
  /** For GET. Whoever may write there may read there too. */
  readonly reads: Scope;
  /** For everything else. */
  readonly writes: Scope;
  /** Whether a key that is bound to an account finds its own things there; others find nothing. */
  readonly ofAccounts: boolean;
}

/** Pay links and addresses. */
export const LINKS: Opening = { reads: 'read', writes: 'links', ofAccounts: true };
/** Whoever reads a voucher has its money, so reading needs the same as making. */
export const PAYOUTS: Opening = { reads: 'payouts', writes: 'payouts', ofAccounts: true };
/** Offers of channels, which come out of the node's own coins. */
export const CHANNEL_OFFERS: Opening = { reads: 'payouts', writes: 'payouts', ofAccounts: false };
export const LOGINS: Opening = { reads: 'logins', writes: 'logins', ofAccounts: false };
/** What happened, decided on by an operator alone. */
export const RECORDS: Opening = { reads: 'read', writes: 'admin', ofAccounts: true };
/** The same of what belongs to no account. */
export const SERVER_RECORDS: Opening = { reads: 'read', writes: 'admin', ofAccounts: false };
/** A ticket opens what its maker may read. */
export const EVENTS: Opening = { reads: 'read', writes: 'read', ofAccounts: false };
export const ADMIN: Opening = { reads: 'admin', writes: 'admin', ofAccounts: false };

/** Throws `forbidden` when a key does not open this. */
export function assertMay(caller: Caller, opening: Opening, method: string): void {
  const { scopes, accountId } = caller;
  const { ofAccounts } = opening;
  if (accountId !== undefined && !ofAccounts) {
    throw new RequestError('forbidden', 'A key of one account does not open this');
  }
  const [needed, ...others] = scopesFor(opening, method);
  if ([needed, ...others].some((scope) => scopes.has(scope))) return;
  throw new RequestError('forbidden', `This key needs the scope ${needed} for this`);
}

/** Each of these opens it to a method; the first is the least. */
export function scopesFor(
  { reads, writes }: Opening,
  method: string,
): readonly [Scope, ...Scope[]] {
  const isReading = method === 'GET' || method === 'HEAD';
  return isReading ? [reads, writes, 'admin'] : [writes, 'admin'];
}

/** Throws `not-found` for what belongs to another account than the key: it looks as if it were not there. */
export function assertOwn({ accountId }: Caller, itsAccountId: string): void {
  if (accountId === undefined || accountId === itsAccountId) return;
  throw new RequestError('not-found', 'There is nothing with this id');
}

/** The account of what a key makes: its own, or the one that is asked for. */
export function accountFor({ accountId }: Caller, asked: string): string {
  if (accountId !== undefined && asked !== TREASURY) assertOwnAccount({ accountId }, asked);
  return accountId ?? asked;
}

/** Throws `invalid-request` when a key of one account names another one. */
export function assertOwnAccount({ accountId }: Pick<Caller, 'accountId'>, asked: string): void {
  if (accountId === undefined || accountId === asked) return;
  const detail = 'must be the account of this key';
  throw new RequestError('invalid-request', `accountId ${detail}`, {
    fields: [{ pointer: '/accountId', detail }],
  });
}
