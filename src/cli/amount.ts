import { InvalidArgumentError } from 'commander';
import { type Msat, msat, parseMsat } from '../msat.ts';

const AMOUNT = /^(0|[1-9]\d{0,18})(sat|msat)?$/;

/** Amounts travel as JSON numbers, which hold no more. */
const MAX_AMOUNT_MSAT = BigInt(Number.MAX_SAFE_INTEGER);

/** Parses `1000sat` or `21000msat`; a bare number is satoshi. undefined for anything else. */
export function parseAmount(text: string): Msat | undefined {
  const [, digits, unit] = AMOUNT.exec(text) ?? [];
  const value = digits === undefined ? undefined : parseMsat(digits);
  if (value === undefined) return undefined;
  const amount = unit === 'msat' ? value : value * 1000n;
  return amount <= MAX_AMOUNT_MSAT ? msat(amount) : undefined;
}

/** For commander: an amount as an argument or as the value of an option. */
export function amountArgument(text: string): Msat {
  const amount = parseAmount(text);
  if (amount !== undefined) return amount;
  throw new InvalidArgumentError(
    'An amount is a whole number of satoshi, or has the unit behind it: 1000sat or 21000msat.',
  );
}

/** An amount for people: in satoshi when it is a whole number of them, else in millisatoshi. */
export function formatAmount(amount: bigint): string {
  return amount % 1000n === 0n ? `${amount / 1000n} sat` : `${amount} msat`;
}
