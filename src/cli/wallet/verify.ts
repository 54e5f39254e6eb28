import { z } from 'zod';
import { type PaymentHash, type Preimage, parseHex32, paymentHashOf } from '../../hex.ts';
import { Refusal } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { ask } from './ask.ts';
import { shaped } from './shape.ts';

const settled = z.strictObject({
  status: z.literal('OK'),
  settled: z.literal(true),
  preimage: z.string().regex(/^[0-9a-f]{64}$/),
  pr: z.string(),
});
const unsettled = z.strictObject({
  status: z.literal('OK'),
  settled: z.literal(false),
  preimage: z.null(),
  pr: z.string(),
});
const verifyAnswer = z.discriminatedUnion('settled', [settled, unsettled]);

const POLL_MS = 500;
const PATIENCE_MS = 30_000;

export interface Awaited {
  readonly url: string;
  readonly bolt11: string;
  readonly paymentHash: PaymentHash;
}

/**
 * LUD-21: asks until the invoice is settled and checks the proof. Resolves with undefined when it is
 * not settled in time.
 */
export async function awaitSettled(
  { url, bolt11, paymentHash }: Awaited,
  { fetch, clock }: Surroundings,
): Promise<Preimage | undefined> {
  const deadline = clock.now() + PATIENCE_MS;
  do {
    const answer = shaped(verifyAnswer, await ask(fetch, url), 'The answer to verify');
    if (answer.pr !== bolt11) throw new Refusal('The answer to verify is about another invoice');
    if (answer.settled) return provenBy(answer.preimage, paymentHash);
    await clock.sleep(POLL_MS);
  } while (clock.now() < deadline);
  return undefined;
}

/** The preimage, when it is that of the payment hash. Throws Refusal when it proves nothing. */
export function provenBy(text: string, paymentHash: PaymentHash): Preimage {
  const preimage = parseHex32<Preimage>(text);
  if (preimage !== undefined && paymentHashOf(preimage) === paymentHash) return preimage;
  throw new Refusal('The preimage does not prove this payment');
}
