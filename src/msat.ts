declare const unit: unique symbol;

/** An amount in millisatoshi: never negative, never fractional. */
export type Msat = bigint & { readonly [unit]: 'msat' };

/** All bitcoin that will ever be, in millisatoshi: the bound of every amount that we read. */
export const MAX_MSAT = 2_100_000_000_000_000_000n;

/** Makes an amount from a bigint; throws RangeError when it is negative or more than all bitcoin. */
export function msat(value: bigint): Msat {
  if (value < 0n) throw new RangeError(`negative amount: ${value} msat`);
  if (value > MAX_MSAT) throw new RangeError(`amount beyond all bitcoin: ${value} msat`);
  return value as Msat;
}

/** Makes an amount from a whole number of satoshi. */
export function satoshi(value: bigint): Msat {
  return msat(value * 1000n);
}

/** Parses a decimal string of millisatoshi: digits only, no sign, no leading zero, in range. */
export function parseMsat(text: string): Msat | undefined {
  if (!/^(0|[1-9]\d{0,18})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= MAX_MSAT ? (value as Msat) : undefined;
}

/** A JSON number of millisatoshi; throws RangeError where a number would lose digits. */
export function msatToJson(amount: Msat): number {
  return signedMsatToJson(amount);
}

/** A balance or a change of one, which may be negative, as a JSON number. */
export function signedMsatToJson(amount: bigint): number {
  const value = Number(amount);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`amount too large for JSON: ${amount} msat`);
  return value;
}
