import type { Clock } from '../clock.ts';
import { RequestError } from '../errors.ts';
import { type LinkEventData, type NewEvent, newEvent } from '../events/event.ts';
import type { K1 } from '../hex.ts';
import type { Challenges } from '../lnurl/k1.ts';
import { type Msat, msat } from '../msat.ts';
import type { FeeRule } from '../payments/fee.ts';
import { newId, type Random } from '../random.ts';
import type { Receipt } from './receipt.ts';
import { type Tokens, tokenHash } from './tokens.ts';
import {
  type BatchSwitch,
  type VoucherCounts,
  type VoucherTerms,
  type WithdrawBatch,
  withdrawBatchEventData,
} from './withdraw-batch.ts';
import { type Budgets, isVoucher, type WithdrawLink, type WithdrawTerms } from './withdraw-link.ts';
import type {
  AccountFilter,
  NewName,
  NewWithdrawLinks,
  WithdrawLinkStore,
} from './withdraw-link-store.ts';
import {
  assertSoundChange,
  assertWithdrawTerms,
  notCovered,
  unknownReference,
  worstCaseOf,
} from './withdraw-terms.ts';

/** What a link may cost at worst, as it was made: shown before anybody can claim (FC-15). */
export interface Cover {
  readonly worstCase: Msat;
  /** What the account does not cover of it now. */
  readonly uncovered: Msat;
}

/** What an operator may change of a link. */
export type WithdrawChanges = Partial<Omit<WithdrawTerms, 'accountId'>> & {
  readonly disabled?: boolean;
};

interface Parts {
  readonly store: WithdrawLinkStore;
  readonly tokens: Tokens;
  readonly challenges: Challenges;
  readonly clock: Clock;
  readonly random: Random;
  readonly feeRule: FeeRule;
  /** Balance above its floor of an account; undefined without a floor. Throws when there is none. */
  readonly spendable: (accountId: string) => Promise<bigint | undefined>;
}

const END_AT_ONCE = 500;

/** Offers to be paid out: made by the operator, one by one or by the thousand, claimed by wallets. */
export class WithdrawLinks {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** As the store says: undefined when links and budgets may change without our knowing. */
  get generation(): number | undefined {
    return this.#parts.store.generation;
  }

  /** Makes one link. `receiptOf` writes the answer into the same transaction (FC-31). */
  async create(
    terms: WithdrawTerms,
    funded: boolean,
    receiptOf?: (link: WithdrawLink, cover: Cover) => Receipt,
  ): Promise<{ link: WithdrawLink; cover: Cover }> {
    const cover = await this.#cover(terms, 1, funded);
    const name = this.#newName();
    const alike = this.#alike(terms, funded, undefined);
    const link = { ...alike, id: name.id };
    await this.#parts.store.add(
      { alike, names: [name] },
      undefined,
      [this.#told('link.created', link)],
      receiptOf?.(link, cover),
    );
    return { link, cover };
  }

  /** Makes vouchers: one use and one fixed k1 each. */
  async createBatch(
    each: VoucherTerms,
    count: number,
    funded: boolean,
    receiptOf?: (batch: WithdrawBatch) => Receipt,
  ): Promise<WithdrawBatch> {
    const { store, clock, random } = this.#parts;
    const terms = { ...each, uses: 1 };
    const cover = await this.#cover(terms, count, funded);
    const id = newId('wb', random);
    const createdAt = clock.now();
    const batch: WithdrawBatch = { ...each, id, count, funded, ...cover, createdAt };
    const alike = this.#alike(terms, funded, id);
    const names = Array.from({ length: count }, () => this.#newName());
    // One event for the batch: ten thousand of them would tell nobody more.
    const event = newEvent('link.created', withdrawBatchEventData(batch), clock.now(), random);
    await store.add({ alike, names }, batch, [event], receiptOf?.(batch));
    return batch;
  }

  /** Switches all vouchers of a batch that are not over: for a sheet that fell into wrong hands. */
  async switchBatch(id: string, to: BatchSwitch): Promise<WithdrawBatch> {
    const { store, clock, random } = this.#parts;
    const batch = await this.batch(id);
    const data = { ...withdrawBatchEventData(batch), disabled: to === 'off' };
    const event = newEvent('link.changed', data, clock.now(), random);
    await store.switchBatch(id, to, clock.now(), event);
    return batch;
  }

  /** Changes terms, or switches the link off and on. Its account and its money stay as they are. */
  async change(id: string, changes: WithdrawChanges): Promise<WithdrawLink> {
    const before = await this.get(id);
    const { disabled, ...terms } = changes;
    const disabledAt = this.#disabledAt(before, disabled);
    const link: WithdrawLink = { ...before, ...terms, disabledAt };
    if (before.endedAt !== undefined) {
      throw new RequestError('link-spent', 'This link is over and cannot be changed any more');
    }
    // A rule of fees that has changed since must not keep anybody from switching a link off.
    if (Object.keys(terms).length > 0) assertWithdrawTerms(link, 1, this.#parts.feeRule);
    assertSoundChange(link, before);
    const done = await this.#parts.store.change(link, before, this.#told('link.changed', link));
    // Something came between the read and the write: this change starts again from there.
    return done ? link : await this.change(id, changes);
  }

  async remove(id: string): Promise<void> {
    const link = await this.get(id);
    const { store, clock, random } = this.#parts;
    const data = { ...withdrawLinkEventData(link), deleted: true };
    await store.remove(id, clock.now(), newEvent('link.changed', data, clock.now(), random));
  }

  async get(id: string): Promise<WithdrawLink> {
    const link = await this.#parts.store.find(id);
    if (!link) throw new RequestError('not-found', 'There is no withdraw link with this id');
    return link;
  }

  /** Whose a link is or was: also of one that was taken away. */
  async accountOf(id: string): Promise<string> {
    const accountId = await this.#parts.store.accountOf(id);
    if (accountId === undefined) throw new Error('there never was a withdraw link of this id');
    return accountId;
  }

  /** The link behind the token of a URL (LUD-03). */
  async byToken(token: string): Promise<WithdrawLink> {
    const link = await this.#parts.store.findByToken(tokenHash(token));
    if (!link) throw new RequestError('not-found', 'Withdraw link does not exist.');
    return link;
  }

  async list(
    filter: AccountFilter,
    limit: number,
    after: string | undefined,
  ): Promise<WithdrawLink[]> {
    return await this.#parts.store.list(filter, limit, after);
  }

  async batch(id: string): Promise<WithdrawBatch> {
    const batch = await this.#parts.store.findBatch(id);
    if (!batch) throw new RequestError('not-found', 'There is no batch with this id');
    return batch;
  }

  async batches(
    filter: AccountFilter,
    limit: number,
    after: string | undefined,
  ): Promise<WithdrawBatch[]> {
    return await this.#parts.store.listBatches(filter, limit, after);
  }

  async vouchers(
    batchId: string,
    limit: number,
    after: string | undefined,
  ): Promise<WithdrawLink[]> {
    return await this.#parts.store.vouchers(batchId, limit, after);
  }

  async voucherCounts(batchId: string): Promise<VoucherCounts> {
    return await this.#parts.store.countVouchers(batchId, this.#parts.clock.now());
  }

  /** LUD-03: a voucher's challenge stays the same until it is used; others are new at every call. */
  challenge(link: WithdrawLink): K1 {
    const { challenges, clock } = this.#parts;
    return isVoucher(link) ? challenges.fixed(link.id) : challenges.issue(link.id, clock.now());
  }

  /** LUD03-7, LUD03-14: a challenge that is not of this link, or too old, takes nothing. */
  assertChallenge(link: WithdrawLink, k1: K1): void {
    const { challenges, clock } = this.#parts;
    const verdict = isVoucher(link)
      ? challenges.isFixed(k1, link.id)
        ? 'good'
        : 'strange'
      : challenges.judge(k1, link.id, clock.now());
    if (verdict === 'good') return;
    if (verdict === 'expired') throw new RequestError('k1-expired', 'expired, scan the code again');
    throw new RequestError('invalid-request', 'k1 does not belong to this link');
  }

  token(link: WithdrawLink): string {
    return this.#parts.tokens.ofLink(link.id);
  }

  async budgets(link: WithdrawLink): Promise<Omit<Budgets, 'serverDayLimit' | 'outbound'>> {
    return await this.#parts.store.budgets(link, this.#parts.clock.now());
  }

  /** A chore: what nobody claimed in time goes back, and the operator hears of it (FC-17). */
  async endExpired(now: number): Promise<void> {
    const { store, random } = this.#parts;
    const eventOf = (link: WithdrawLink): NewEvent =>
      newEvent('link.expired', withdrawLinkEventData(link), now, random);
    while ((await store.endExpired(now, END_AT_ONCE, eventOf)) === END_AT_ONCE);
  }

  #newName(): NewName {
    const { tokens, random } = this.#parts;
    const id = newId('wl', random);
    return { id, tokenHash: tokenHash(tokens.ofLink(id)) };
  }

  #alike(
    terms: WithdrawTerms,
    funded: boolean,
    batchId: string | undefined,
  ): NewWithdrawLinks['alike'] {
    const { clock, feeRule } = this.#parts;
    return {
      ...terms,
      batchId,
      createdAt: clock.now(),
      disabledAt: undefined,
      usesTaken: 0,
      usesPaid: 0,
      taken: msat(0n),
      setAside: funded ? msat(worstCaseOf(terms, feeRule)) : undefined,
      endedAt: undefined,
    };
  }

  async #cover(terms: WithdrawTerms, count: number, funded: boolean): Promise<Cover> {
    const { feeRule } = this.#parts;
    assertWithdrawTerms(terms, count, feeRule);
    const worstCase = msat(worstCaseOf(terms, feeRule) * BigInt(count));
    const balance = await this.#spendable(terms.accountId);
    const missing = balance === undefined || balance >= worstCase ? 0n : worstCase - balance;
    if (funded && missing > 0n) throw notCovered(missing);
    return { worstCase, uncovered: msat(missing > worstCase ? worstCase : missing) };
  }

  async #spendable(accountId: string): Promise<bigint | undefined> {
    try {
      return await this.#parts.spendable(accountId);
    } catch (error) {
      const isUnknown = error instanceof RequestError && error.code === 'not-found';
      throw isUnknown ? unknownReference('/accountId') : error;
    }
  }

  #disabledAt(before: WithdrawLink, disabled: boolean | undefined): number | undefined {
    if (disabled === undefined) return before.disabledAt;
    return disabled ? (before.disabledAt ?? this.#parts.clock.now()) : undefined;
  }

  #told(type: 'link.created' | 'link.changed', link: WithdrawLink): NewEvent {
    const { clock, random } = this.#parts;
    return newEvent(type, withdrawLinkEventData(link), clock.now(), random);
  }
}

/** What events say of a link: never its token or k1. */
export function withdrawLinkEventData(link: WithdrawLink): LinkEventData {
  const { id, label, batchId, disabledAt } = link;
  return {
    id,
    kind: 'withdraw',
    ...(label !== undefined && { label }),
    ...(batchId !== undefined && { batchId }),
    ...(disabledAt !== undefined && { disabled: true }),
  };
}
