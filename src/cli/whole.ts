import { InvalidArgumentError } from 'commander';

/** For commander: a whole number that is not negative. */
export function wholeArgument(text: string): number {
  if (/^(0|[1-9]\d{0,8})$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number is wanted here.');
}
