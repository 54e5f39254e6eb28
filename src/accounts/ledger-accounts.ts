import type { Clock } from '../clock.ts';
import { RequestError } from '../errors.ts';
import { type Msat, msatToJson, signedMsatToJson } from '../msat.ts';
import {
  type Account,
  type AccountEntry,
  belongsToSomebody,
  move,
  type Transfer,
} from '../payments/ledger.ts';
import { newId, type Random } from '../random.ts';
import type { AuditAction, AuditEntry } from './audit.ts';
import type { Receipt } from './receipt.ts';

/** What accounts need of the store. Each method that changes something is one transaction. */
export interface LedgerAccountStore {
  /** Throws AlreadyAnswered for the receipt. */
  add(account: Account, audit: AuditEntry, receipt?: Receipt): Promise<void>;
  /**
   * Changes what is given. Throws `balance-too-low` for a floor above the balance; undefined when
   * there is no such account.
   */
  change(id: string, changes: AccountChanges, audit: AuditEntry): Promise<Account | undefined>;
  find(id: string): Promise<Account | undefined>;
  list(limit: number, after: string | undefined): Promise<Account[]>;
  /** Newest first, those before entry `after` only. */
  entries(accountId: string, limit: number, after: number | undefined): Promise<AccountEntry[]>;
  /** Throws `balance-too-low` when it would leave an account below its floor. */
  transfer(transfer: Transfer, audit: AuditEntry, receipt?: Receipt): Promise<void>;
  findTransfer(id: string): Promise<Transfer | undefined>;
}

/** What an operator may change of an account. A floor of undefined takes the floor away. */
export type AccountChanges = Partial<Pick<Account, 'name' | 'floor'>>;

/** What an operator wants moved. */
export interface TransferOrder {
  readonly from: string;
  readonly to: string;
  readonly amount: Msat;
  readonly note: string | undefined;
}

interface Parts {
  readonly store: LedgerAccountStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** The accounts of the ledger as the operator keeps them: tenants, users, and the treasury. */
export class LedgerAccounts {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Opens an account with nothing in it. `receiptOf` writes the answer with it (FC-31). */
  async create(
    { name, floor }: Pick<Account, 'name' | 'floor'>,
    actor: string,
    receiptOf?: (account: Account) => Receipt,
  ): Promise<Account> {
    const { store, clock, random } = this.#parts;
    if (floor !== undefined && floor > 0n) throw floorAboveBalance();
    const account: Account = {
      id: newId('ac', random),
      name,
      balance: 0n,
      floor,
      createdAt: clock.now(),
    };
    const audit = this.#audit(actor, 'account.created', account.id, detailOf({ name, floor }));
    await store.add(account, audit, receiptOf?.(account));
    return account;
  }

  /** Changes name and floor; a floor is never above the balance. */
  async change(id: string, changes: AccountChanges, actor: string): Promise<Account> {
    if (!belongsToSomebody(id)) {
      throw new RequestError('invalid-request', 'This account is kept by the server itself');
    }
    const audit = this.#audit(actor, 'account.changed', id, detailOf(changes));
    const changed = await this.#parts.store.change(id, changes, audit);
    if (!changed) throw noSuchAccount();
    return changed;
  }

  async get(id: string): Promise<Account> {
    const account = await this.#parts.store.find(id);
    if (!account) throw noSuchAccount();
    return account;
  }

  async list(limit: number, after: string | undefined): Promise<Account[]> {
    return await this.#parts.store.list(limit, after);
  }

  async entries(id: string, limit: number, after: number | undefined): Promise<AccountEntry[]> {
    await this.get(id);
    return await this.#parts.store.entries(id, limit, after);
  }

  /** Moves money from one account to another, all or nothing, and never below a floor. */
  async transfer(
    { from, to, amount, note }: TransferOrder,
    actor: string,
    receiptOf?: (transfer: Transfer) => Receipt,
  ): Promise<Transfer> {
    const { store, clock, random } = this.#parts;
    await this.assertUsable(from, '/from');
    await this.assertUsable(to, '/to');
    if (from === to) throw invalid('/to', 'must be another account than from');
    const id = newId('tr', random);
    const entries = move(from, to, amount);
    const createdAt = clock.now();
    const transfer: Transfer = { id, kind: 'operator', reference: id, note, entries, createdAt };
    const detail = {
      from,
      to,
      amountMsat: msatToJson(amount),
      ...(note !== undefined && { note }),
    };
    const audit = this.#audit(actor, 'transfer.made', id, detail);
    await store.transfer(transfer, audit, receiptOf?.(transfer));
    return transfer;
  }

  async findTransfer(id: string): Promise<Transfer> {
    const transfer = await this.#parts.store.findTransfer(id);
    if (!transfer) throw new RequestError('not-found', 'There is no transfer with this id');
    return transfer;
  }

  /** Refuses a member of a body that must name an account whose money belongs to somebody. */
  async assertUsable(id: string, pointer: string): Promise<void> {
    const usable = belongsToSomebody(id) && (await this.#parts.store.find(id));
    if (!usable) throw invalid(pointer, 'must be the id of an account, or treasury');
  }

  #audit(
    actor: string,
    action: AuditAction,
    subject: string,
    detail: AuditEntry['detail'],
  ): AuditEntry {
    return { actor, action, subject, detail, createdAt: this.#parts.clock.now() };
  }
}

/** What was said of an account: `null` stands for no floor. */
function detailOf(changes: AccountChanges): AuditEntry['detail'] {
  const { name, floor } = changes;
  return {
    ...(name !== undefined && { name }),
    ...('floor' in changes && {
      floorMsat: floor === undefined ? null : signedMsatToJson(floor),
    }),
  };
}

/** Refuses a floor that the account is below already. */
export function floorAboveBalance(): RequestError {
  const fields = [{ pointer: '/floorMsat', detail: 'must not be above the balance' }];
  return new RequestError('balance-too-low', 'The floor is above the balance', { fields });
}

function noSuchAccount(): RequestError {
  return new RequestError('not-found', 'There is no account with this id');
}

function invalid(pointer: string, detail: string): RequestError {
  const fields = [{ pointer, detail }];
  return new RequestError('invalid-request', `${pointer.slice(1)} ${detail}`, { fields });
}
