import { type Msat, msat } from '../msat.ts';

/** The cap of the routing fee: the larger of a floor and a share of the amount. */
export interface FeeRule {
  readonly ppm: number;
  readonly min: Msat;
}

const MILLION = 1_000_000n;

/** The most that routing may cost for this amount; a link's own cap replaces the rule (FC-15). */
export function feeCapFor(amount: Msat, rule: FeeRule, linkCap: Msat | undefined): Msat {
  if (linkCap !== undefined) return linkCap;
  // Rounded up: a budget that covers the cap covers every fee below it.
  const share = (amount * BigInt(rule.ppm) + MILLION - 1n) / MILLION;
  return msat(share > rule.min ? share : rule.min);
}

/** The largest amount whose cost, fee cap included, stays within `budget`; 0 when there is none. */
export function affordable(budget: bigint, rule: FeeRule, linkCap: Msat | undefined): Msat {
  if (linkCap !== undefined) return msat(budget > linkCap ? budget - linkCap : 0n);
  const belowFloor = budget - rule.min;
  const belowShare = (budget * MILLION) / (MILLION + BigInt(rule.ppm));
  let amount = belowFloor < belowShare ? belowFloor : belowShare;
  // The share is rounded up, so one step down may be wanted.
  while (amount > 0n && amount + feeCapFor(msat(amount), rule, undefined) > budget) amount -= 1n;
  return msat(amount > 0n ? amount : 0n);
}
