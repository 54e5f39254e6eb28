import { isPayable } from '../../accounts/pay-link.ts';
import type { PayLinks } from '../../accounts/pay-links.ts';
import {
  assertClaimable,
  isVoucher,
  type WithdrawLink,
  withdrawable,
} from '../../accounts/withdraw-link.ts';
import type { WithdrawLinks } from '../../accounts/withdraw-links.ts';
import type { Clock } from '../../clock.ts';
import { RequestError } from '../../errors.ts';
import { decodeBolt11 } from '../../lightning/bolt11/decode.ts';
import type { NodeFacts } from '../../lightning/node-facts.ts';
import {
  readWithdrawClaim,
  type WithdrawOffer,
  withdrawRequest,
} from '../../lnurl/withdraw/withdraw.ts';
import { type Msat, msat } from '../../msat.ts';
import type { FeeRule } from '../../payments/fee.ts';
import { spendHour } from '../../payments/spend-hour.ts';
import type { Withdrawals } from '../../payments/withdrawals.ts';
import type { PublicUrls } from '../public-urls.ts';
import type { PreparedAnswer } from './answer.ts';
import type { WalletHandler } from './call.ts';
import { type Basis, ReadyAnswers } from './ready-answers.ts';

export interface WithdrawParts {
  readonly withdrawLinks: WithdrawLinks;
  readonly withdrawals: Withdrawals;
  readonly payLinks: PayLinks;
  readonly urls: PublicUrls;
  readonly facts: NodeFacts;
  readonly feeRule: FeeRule;
  readonly spendDay: Msat | undefined;
  readonly clock: Clock;
}

/** What wallets ask of withdraw links. */
export class WithdrawHandlers {
  readonly #parts: WithdrawParts;
  readonly #ready = new ReadyAnswers<WithdrawLink>();

  constructor(parts: WithdrawParts) {
    this.#parts = parts;
  }

  /** LUD-03, first call: reads only. */
  readonly info: WalletHandler = async (params) => {
    const token = params.token ?? '';
    const basis = this.#basis();
    const link = await this.#parts.withdrawLinks.byToken(token);
    const offer = await this.offer(link);
    const body = withdrawRequest(offer);
    if (lasts(link, offer)) this.#ready.keep(token, link, basis, body);
    return body;
  };

  /**
   * The answer of an earlier first call, while nothing that it says can have changed. Throws when the
   * voucher's time has come or gone meanwhile.
   */
  readonly ready = (token: string): PreparedAnswer | undefined => {
    const { withdrawals, clock } = this.#parts;
    const known = this.#ready.find(token, this.#basis());
    if (!known) return undefined;
    assertClaimable(known.link, clock.now());
    withdrawals.assertGoing();
    return known.answer;
  };

  #basis(): Basis {
    const { withdrawLinks, facts, clock } = this.#parts;
    return [withdrawLinks.generation, facts.balance?.outbound, spendHour(clock.now())];
  }

  /**
   * LUD-03, second call: answers as soon as the claim is durably reserved, and never waits for the
   * payment. What is refused has taken nothing, and the link stays usable (LUD03-7).
   */
  readonly callback: WalletHandler = async (params, call, signal) => {
    const { withdrawLinks, withdrawals, clock } = this.#parts;
    const link = await withdrawLinks.byToken(params.token ?? '');
    const { k1, bolt11 } = readWithdrawClaim(call.query);
    const before = await withdrawals.repeated(k1, bolt11);
    if (before) {
      if (before.withdrawLinkId === link.id) return OK;
      throw new RequestError('invalid-request', 'k1 does not belong to this link');
    }
    withdrawLinks.assertChallenge(link, k1);
    assertClaimable(link, clock.now());
    this.#refuseEarly(bolt11);
    await withdrawals.claim({ ...link, withdrawLinkId: link.id }, k1, bolt11, signal);
    return OK;
  };

  /** What the link offers now: never more than can be honoured (FC-14). */
  async offer(link: WithdrawLink): Promise<WithdrawOffer> {
    const { withdrawLinks, withdrawals, urls, feeRule, facts, spendDay, clock } = this.#parts;
    const now = clock.now();
    assertClaimable(link, now);
    withdrawals.assertGoing();
    const budgets = {
      ...(await withdrawLinks.budgets(link)),
      serverDayLimit: spendDay,
      outbound: facts.balance?.outbound,
    };
    const max = withdrawable(link, budgets, feeRule, now);
    if (max === 0n && isVoucher(link)) throw nothingNow(link);
    return {
      callback: urls.withdrawCallback(withdrawLinks.token(link)),
      k1: withdrawLinks.challenge(link),
      description: link.description,
      // LUD03-3: a link that lives but has nothing to give at the moment says so with two zeros.
      min: max === 0n ? msat(0n) : link.min,
      max,
      payLink: await this.#payLinkOf(link),
    };
  }

  /** LUD-19: only while the pay link is there and can be paid. */
  async #payLinkOf(link: WithdrawLink): Promise<string | undefined> {
    const { payLinks, urls, clock } = this.#parts;
    if (link.payLinkId === undefined) return undefined;
    const payLink = await payLinks.find(link.payLinkId);
    if (!payLink || !isPayable(payLink, clock.now())) return undefined;
    return urls.payForms(payLinks.token(payLink)).lud17;
  }

  /** Cheap refusals before the node is asked. Our decoder only refuses; the node's is believed. */
  #refuseEarly(bolt11: string): void {
    const decoded = decodeBolt11(bolt11, { verifySignature: false });
    const { network } = this.#parts.facts;
    if (network !== undefined && decoded.network !== network) throw unacceptable('wrong network');
    // A field that is there twice may be read in two ways by two programs.
    if (decoded.doubled) throw unacceptable('invalid invoice');
    if (!decoded.amount) throw unacceptable('amountless invoice not allowed');
  }
}

const OK = { status: 'OK' } as const;

/** Whether the next call has the same answer while no budget changes: not with a k1 of its own. */
function lasts(link: WithdrawLink, { max }: WithdrawOffer): boolean {
  return isVoucher(link) && max > 0n && link.payLinkId === undefined;
}

/** A voucher has one use, so two zeros would be no help to anybody. */
function nothingNow(link: WithdrawLink): RequestError {
  const message =
    link.usesTaken >= link.uses
      ? 'This withdraw is already being processed.'
      : 'withdraw link is empty at the moment, try again later';
  return new RequestError('link-spent', message);
}

function unacceptable(message: string): RequestError {
  return new RequestError('invoice-unacceptable', message);
}
