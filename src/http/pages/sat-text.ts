import type { Msat } from '../../msat.ts';

/** An amount as people read it, in satoshi: `21,000` or `1.5`. */
export function satText(amount: Msat): string {
  const whole = (amount / 1000n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  const rest = (amount % 1000n).toString().padStart(3, '0').replace(/0+$/, '');
  return rest === '' ? whole : `${whole}.${rest}`;
}

/** What may be paid: one amount when there is no choice. */
export function satRange(min: Msat, max: Msat): string {
  return min === max ? `${satText(min)} sat` : `${satText(min)} – ${satText(max)} sat`;
}
