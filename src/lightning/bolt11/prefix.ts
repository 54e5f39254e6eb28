import { MAX_MSAT, type Msat, msat } from '../../msat.ts';
import type { Network } from '../node.ts';
import { unacceptable } from './unacceptable.ts';

/** What stands before the separator of an invoice: `lnbc2500u` is 2,500 micro-bitcoin on `bc`. */
export interface Prefix {
  readonly network: Network;
  /** undefined when the payer chooses. */
  readonly amount: Msat | undefined;
}

/** Reads the human-readable part of an invoice (BOLT-11); refuses networks that we do not know. */
export function parsePrefix(text: string): Prefix {
  const [, network, amount] = /^ln(bcrt|bc|tbs|tb)(.*)$/.exec(text) ?? [];
  if (!isNetwork(network) || amount === undefined) {
    throw unacceptable('The invoice is for an unknown network');
  }
  return { network, amount: amount === '' ? undefined : parseAmount(amount) };
}

/** Writes the human-readable part with the shortest form of the amount. */
export function formatPrefix({ network, amount }: Prefix): string {
  return `ln${network}${amount === undefined ? '' : formatAmount(amount)}`;
}

function isNetwork(text: string | undefined): text is Network {
  return text === 'bc' || text === 'tb' || text === 'tbs' || text === 'bcrt';
}

/** Largest first. A pico-bitcoin is a tenth of a millisatoshi and has its own rule. */
const UNITS = [
  { letter: '', msat: 100_000_000_000n },
  { letter: 'm', msat: 100_000_000n },
  { letter: 'u', msat: 100_000n },
  { letter: 'n', msat: 100n },
] as const;
const PICO_PER_MSAT = 10n;

function parseAmount(text: string): Msat {
  const [, digits, letter] = /^([1-9]\d{0,19})([munp]?)$/.exec(text) ?? [];
  if (digits === undefined) throw unacceptable('The amount of the invoice is not valid');

  const unit = UNITS.find((candidate) => candidate.letter === letter);
  const pico = BigInt(digits) * (unit ? unit.msat * PICO_PER_MSAT : 1n);
  if (pico % PICO_PER_MSAT !== 0n) {
    throw unacceptable('The amount of the invoice is finer than a millisatoshi');
  }
  const value = pico / PICO_PER_MSAT;
  if (value > MAX_MSAT) throw unacceptable('The amount of the invoice is too large');
  return msat(value);
}

function formatAmount(amount: Msat): string {
  const unit = UNITS.find((candidate) => amount % candidate.msat === 0n);
  return unit ? `${amount / unit.msat}${unit.letter}` : `${amount * PICO_PER_MSAT}p`;
}
