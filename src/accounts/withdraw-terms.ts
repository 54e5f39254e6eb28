import { type FieldError, RequestError } from '../errors.ts';
import { type Msat, msat } from '../msat.ts';
import { type FeeRule, feeCapFor } from '../payments/fee.ts';
import { belongsToSomebody } from '../payments/ledger.ts';
import { isVoucher, type WithdrawLink, type WithdrawTerms } from './withdraw-link.ts';

/** Amounts are JSON numbers, and so is what a link or a batch may cost at worst. */
const MAX_WORST_CASE = BigInt(Number.MAX_SAFE_INTEGER);

/** Every use at its largest amount with its fee cap (FC-15). A total limit bounds it. */
export function worstCaseOf(terms: WithdrawTerms, rule: FeeRule): bigint {
  const each = terms.max + feeCapFor(terms.max, rule, terms.feeMax);
  const all = each * BigInt(terms.uses);
  return terms.total !== undefined && terms.total < all ? terms.total : all;
}

/** Refuses terms that contradict themselves, or that no wallet could ever claim on (FC-14). */
export function assertWithdrawTerms(terms: WithdrawTerms, count: number, rule: FeeRule): void {
  const least = terms.min + feeCapFor(terms.min, rule, terms.feeMax);
  const { validFrom, expiresAt } = terms;
  refuse([
    // Whoever drew on the accounts of our own bookkeeping would take what belongs to others.
    !belongsToSomebody(terms.accountId) &&
      fault('/accountId', 'must be the id of an account, or treasury'),
    terms.min > terms.max && fault('/minMsat', 'must not be more than maxMsat'),
    validFrom !== undefined &&
      expiresAt !== undefined &&
      validFrom >= expiresAt &&
      fault('/validFrom', 'must be before expiresAt'),
    isTooLittle(terms.total, least) && fault('/totalMsat', tooLittle(least)),
    isTooLittle(terms.day, least) && fault('/dayMsat', tooLittle(least)),
    worstCaseOf(terms, rule) * BigInt(count) > MAX_WORST_CASE &&
      fault('/maxMsat', `with fees and all uses must be at most ${MAX_WORST_CASE} msat together`),
  ]);
}

/** What was handed out, set aside or used cannot be changed after the fact. */
export function assertSoundChange(link: WithdrawLink, before: WithdrawLink): void {
  const aside = (changed: boolean, pointer: string) =>
    before.setAside !== undefined && changed && fault(pointer, 'is fixed: the link is funded');
  refuse([
    link.uses < before.usesTaken &&
      fault('/uses', `must not be less than the ${before.usesTaken} taken`),
    link.uses !== before.uses &&
      isVoucher(link) !== isVoucher(before) &&
      fault('/uses', 'cannot be changed from or to 1: the k1 of a voucher is printed'),
    link.total !== undefined &&
      link.total < before.taken &&
      fault('/totalMsat', `must not be less than the ${before.taken} msat taken`),
    aside(link.uses !== before.uses, '/uses'),
    aside(link.max !== before.max, '/maxMsat'),
    aside(link.feeMax !== before.feeMax, '/feeMaxMsat'),
    aside(link.total !== before.total, '/totalMsat'),
  ]);
}

/** The account does not cover what was asked for. */
export function notCovered(missing: bigint): RequestError {
  const fields = [fault('/funded', `the account lacks ${missing} msat`)];
  return new RequestError('balance-too-low', 'The account does not cover this', { fields });
}

/** Whether something was asked for that is not there. */
export function unknownReference(pointer: '/accountId' | '/payLinkId'): RequestError {
  const fields = [fault(pointer, 'does not exist')];
  return new RequestError('invalid-request', `${pointer.slice(1)} does not exist`, { fields });
}

function isTooLittle(budget: Msat | undefined, least: bigint): boolean {
  return budget !== undefined && budget < least;
}

function tooLittle(least: bigint): string {
  return `must be at least ${msat(least)}, which is minMsat and its fee cap`;
}

function fault(pointer: string, detail: string): FieldError {
  return { pointer, detail };
}

function refuse(faults: readonly (FieldError | false)[]): void {
  const fields = faults.filter((one) => one !== false);
  const [first] = fields;
  if (!first) return;
  throw new RequestError('invalid-request', `${first.pointer.slice(1)} ${first.detail}`, {
    fields,
  });
}
