import type { Clock } from '../clock.ts';
import { RequestError } from '../errors.ts';
import { type LinkEventData, type NewEvent, newEvent } from '../events/event.ts';
import type { K1 } from '../hex.ts';
import type { Challenges } from '../lnurl/k1.ts';
import { type Msat, msat } from '../msat.ts';
import { type FeeRule, feeCapFor } from '../payments/fee.ts';
import { newId, type Random } from '../random.ts';
import type { Receipt } from './receipt.ts';
import { type Tokens, tokenHash } from './tokens.ts';
import { type Budgets, isVoucher, type WithdrawLink, type WithdrawTerms } from './withdraw-link.ts';

/** A link that is about to be kept. */
export interface NewWithdrawLink {
  readonly link: WithdrawLink;
  readonly tokenHash: string;
}

/** What withdraw links need of the store. Each method is one transaction. */
export interface WithdrawLinkStore {
  /**
   * Keeps links, and sets their money aside when they are funded. Throws RequestError when the
   * account does not cover that, AlreadyAnswered for the receipt.
   */
  add(
    links: readonly NewWithdrawLink[],
    batch: WithdrawBatch | undefined,
    events: readonly NewEvent[],
    receipt?: Receipt,
  ): Promise<void>;
  /** Changes the terms that may change; the money set aside returns when the link is switched off. */
  change(link: WithdrawLink, event: NewEvent): Promise<boolean>;
  /** Takes the link away; what is set aside for it returns to its account. */
  remove(id: string, now: number, event: NewEvent): Promise<boolean>;
  find(id: string): Promise<WithdrawLink | undefined>;
  findByToken(tokenHash: string): Promise<WithdrawLink | undefined>;
  list(limit: number, after: string | undefined): Promise<WithdrawLink[]>;
  vouchers(batchId: string, limit: number, after: string | undefined): Promise<WithdrawLink[]>;
  findBatch(id: string): Promise<WithdrawBatch | undefined>;
  listBatches(limit: number, after: string | undefined): Promise<WithdrawBatch[]>;
  budgets(link: WithdrawLink, now: number): Promise<Omit<Budgets, 'serverDayLimit' | 'outbound'>>;
  /** Ends links whose time has passed, and gives back what was set aside; answers how many. */
  endExpired(
    now: number,
    limit: number,
    eventOf: (link: WithdrawLink) => NewEvent,
  ): Promise<number>;
}

/** Vouchers that were made together. */
export interface WithdrawBatch {
  readonly id: string;
  readonly description: string;
  readonly count: number;
  /** Amounts and fee caps of all vouchers together (FC-15). */
  readonly worstCase: Msat;
  /** What the account does not cover of it at the moment of creation; 0 for a funded batch. */
  readonly uncovered: Msat;
  readonly createdAt: number;
}

/** What a link may cost at worst, as it was made: shown before anybody can claim (FC-15). */
export interface Cover {
  readonly worstCase: Msat;
  /** What the account does not cover of it now. */
  readonly uncovered: Msat;
}

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

  /** Makes one link. `receiptOf` writes the answer into the same transaction (FC-31). */
  async create(
    terms: WithdrawTerms,
    funded: boolean,
    receiptOf?: (link: WithdrawLink, cover: Cover) => Receipt,
  ): Promise<{ link: WithdrawLink; cover: Cover }> {
    const cover = await this.#cover(terms, 1, funded);
    const made = this.#new(terms, funded, undefined);
    await this.#parts.store.add(
      [made],
      undefined,
      [this.#told('link.created', made.link)],
      receiptOf?.(made.link, cover),
    );
    return { link: made.link, cover };
  }

  /** Makes vouchers: one use and one fixed k1 each. */
  async createBatch(
    terms: WithdrawTerms,
    count: number,
    funded: boolean,
    receiptOf?: (batch: WithdrawBatch) => Receipt,
  ): Promise<WithdrawBatch> {
    const { store, clock, random } = this.#parts;
    const cover = await this.#cover(terms, count, funded);
    const { description } = terms;
    const id = newId('wb', random);
    const batch: WithdrawBatch = { id, description, count, ...cover, createdAt: clock.now() };
    const made = Array.from({ length: count }, () => this.#new({ ...terms, uses: 1 }, funded, id));
    // One event for the batch: ten thousand of them would tell nobody more.
    const event = newEvent(
      'link.created',
      { id, kind: 'withdraw-batch', count },
      clock.now(),
      random,
    );
    await store.add(made, batch, [event], receiptOf?.(batch));
    return batch;
  }

  async change(
    id: string,
    changes: Partial<WithdrawTerms> & { disabled?: boolean },
  ): Promise<WithdrawLink> {
    const before = await this.get(id);
    const { disabled, ...terms } = changes;
    const link: WithdrawLink = {
      ...before,
      ...terms,
      disabledAt: this.#disabledAt(before, disabled),
    };
    this.#assertSound(link, before);
    const done = await this.#parts.store.change(link, this.#told('link.changed', link));
    if (!done) throw new RequestError('not-found', 'There is no withdraw link with this id');
    return await this.get(id);
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

  /** The link behind the token of a URL (LUD-03). */
  async byToken(token: string): Promise<WithdrawLink> {
    const link = await this.#parts.store.findByToken(tokenHash(token));
    if (!link) throw new RequestError('not-found', 'Withdraw link does not exist.');
    return link;
  }

  async list(limit: number, after: string | undefined): Promise<WithdrawLink[]> {
    return await this.#parts.store.list(limit, after);
  }

  async batch(id: string): Promise<WithdrawBatch> {
    const batch = await this.#parts.store.findBatch(id);
    if (!batch) throw new RequestError('not-found', 'There is no batch with this id');
    return batch;
  }

  async batches(limit: number, after: string | undefined): Promise<WithdrawBatch[]> {
    return await this.#parts.store.listBatches(limit, after);
  }

  async vouchers(
    batchId: string,
    limit: number,
    after: string | undefined,
  ): Promise<WithdrawLink[]> {
    return await this.#parts.store.vouchers(batchId, limit, after);
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

  #new(terms: WithdrawTerms, funded: boolean, batchId: string | undefined): NewWithdrawLink {
    const { tokens, clock, random, feeRule } = this.#parts;
    const id = newId('wl', random);
    const link: WithdrawLink = {
      ...terms,
      id,
      batchId,
      createdAt: clock.now(),
      disabledAt: undefined,
      usesTaken: 0,
      usesPaid: 0,
      taken: msat(0n),
      setAside: funded ? worstCaseOf(terms, feeRule) : undefined,
      endedAt: undefined,
    };
    return { link, tokenHash: tokenHash(tokens.ofLink(id)) };
  }

  async #cover(terms: WithdrawTerms, count: number, funded: boolean): Promise<Cover> {
    const { feeRule, spendable } = this.#parts;
    const worstCase = msat(worstCaseOf(terms, feeRule) * BigInt(count));
    const balance = await spendable(terms.accountId);
    const missing = balance === undefined || balance >= worstCase ? 0n : worstCase - balance;
    if (funded && missing > 0n) {
      const fields = [{ pointer: '/funded', detail: `the account lacks ${missing} msat` }];
      throw new RequestError('balance-too-low', 'The account does not cover this', { fields });
    }
    return { worstCase, uncovered: msat(missing > worstCase ? worstCase : missing) };
  }

  /** What was set aside and what was used cannot be changed after the fact. */
  #assertSound(link: WithdrawLink, before: WithdrawLink): void {
    const faults = [
      link.min > link.max && { pointer: '/minMsat', detail: 'must not be more than maxMsat' },
      link.uses < before.usesTaken && {
        pointer: '/uses',
        detail: `must not be less than the ${before.usesTaken} taken`,
      },
      link.uses !== before.uses &&
        isVoucher(link) !== isVoucher(before) && {
          pointer: '/uses',
          detail: 'a voucher stays a voucher: its k1 is printed',
        },
      before.setAside !== undefined &&
        (link.uses !== before.uses || link.max !== before.max || link.feeMax !== before.feeMax) && {
          pointer: '/uses',
          detail: 'a funded link keeps its uses, maxMsat and feeMaxMsat',
        },
    ].filter((fault) => fault !== false);
    const [first] = faults;
    if (first) throw new RequestError('invalid-request', first.detail, { fields: faults });
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

/** Every use at its largest amount with its fee cap. A total limit bounds it. */
export function worstCaseOf(terms: WithdrawTerms, rule: FeeRule): Msat {
  const each = terms.max + feeCapFor(terms.max, rule, terms.feeMax);
  const all = each * BigInt(terms.uses);
  return msat(terms.total !== undefined && terms.total < all ? terms.total : all);
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
