import type { Command } from 'commander';
import type { PaymentHash, Preimage } from '../../hex.ts';
import { type Msat, msatToJson } from '../../msat.ts';
import { amountArgument, formatAmount } from '../amount.ts';
import { leaf, printJson } from '../command.ts';
import { readLink } from '../decode.ts';
import { Refusal } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { pairs } from '../table.ts';
import { ask } from './ask.ts';
import { type CustomerWallet, openWallet } from './customer-wallet.ts';
import { checkInvoice } from './invoice-check.ts';
import { type PayAnswer, readPayAnswer, successText } from './pay-answer.ts';
import { callbackUrl, checkChoice, type Offer, readOffer } from './pay-request.ts';
import { assertPurpose } from './purpose.ts';
import { awaitSettled, provenBy } from './verify.ts';

interface Options {
  readonly comment?: string;
  readonly json?: true;
}

/** `wallet pay LNURL AMOUNT`: pays a link or an address as the strictest wallets would. */
export function addPay(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'pay', 'pay an lnurl, a LUD-17 link or a lightning address')
    .argument('<lnurl>', 'what a person scans or pastes')
    .argument('<amount>', 'such as 1000sat or 21000msat', amountArgument)
    .option('--comment <text>', 'a note to the payee')
    .action(async (text: string, amount: Msat, { comment, json }: Options) => {
      await pay({ text, amount, comment }, json, surroundings);
    });
}

interface Order {
  readonly text: string;
  readonly amount: Msat;
  readonly comment: string | undefined;
}

async function pay(
  { text, amount, comment }: Order,
  json: true | undefined,
  surroundings: Surroundings,
): Promise<void> {
  const { fetch, clock, out } = surroundings;
  await using wallet = await openWallet(surroundings);
  const link = readLink(text);
  assertPurpose(link, 'payRequest');
  const offer = readOffer(await ask(fetch, link.url), link);
  checkChoice(offer, amount, comment);
  const answer = readPayAnswer(
    await ask(fetch, callbackUrl(offer, amount, comment)),
    offer.callback,
  );
  const network = await wallet.network();
  const expected = { network, amount, metadata: offer.metadata, now: clock.now() };
  const { paymentHash } = checkInvoice(answer.pr, expected);
  const proof = await settle(wallet, answer, paymentHash, surroundings);
  if (json) printJson(surroundings, resultOf(answer, amount, proof));
  else out(receipt(offer, answer, amount, proof));
}

interface Proof {
  readonly preimage: Preimage;
  /** undefined when the node could not say. */
  readonly fee: Msat | undefined;
}

/** Pays the invoice, and believes it only when the preimage proves it (LUD-21). */
async function settle(
  wallet: CustomerWallet,
  answer: PayAnswer,
  paymentHash: PaymentHash,
  surroundings: Surroundings,
): Promise<Proof> {
  const { verify, pr: bolt11 } = answer;
  const outcome = await wallet.pay(bolt11);
  if (outcome.state === 'failed') {
    throw new Refusal(`The payment failed: ${outcome.reason.replaceAll('-', ' ')}`);
  }
  const paid = outcome.state === 'paid' ? outcome : undefined;
  const own = paid && provenBy(paid.preimage, paymentHash);
  const preimage =
    verify === undefined
      ? own
      : await awaitSettled({ url: verify, bolt11, paymentHash }, surroundings);
  if (preimage !== undefined) return { preimage, fee: paid?.fee };
  throw new Refusal(
    paid
      ? 'The payment was made, but the payee does not confirm it'
      : 'It is not known whether the payment arrived: do not pay again before you know',
  );
}

function resultOf(answer: PayAnswer, amount: Msat, { preimage, fee }: Proof): object {
  return {
    state: 'paid',
    amountMsat: msatToJson(amount),
    ...(fee !== undefined && { feeMsat: msatToJson(fee) }),
    bolt11: answer.pr,
    preimage,
    ...(answer.successAction && { successAction: answer.successAction }),
  };
}

function receipt(offer: Offer, answer: PayAnswer, amount: Msat, { preimage, fee }: Proof): string {
  const { successAction } = answer;
  return pairs([
    ['paid', formatAmount(amount)],
    ['for', offer.description],
    ['to', offer.identifier],
    ['fee', fee === undefined ? undefined : formatAmount(fee)],
    ['preimage', preimage],
    ['says', successAction && successText(successAction)],
  ]);
}
