import type { Command } from 'commander';
import type { PaymentHash } from '../../hex.ts';
import { decodeBolt11 } from '../../lightning/bolt11/decode.ts';
import { descriptionFault } from '../../lnurl/pay/metadata.ts';
import { type Msat, msatToJson } from '../../msat.ts';
import { amountArgument, formatAmount } from '../amount.ts';
import { leaf, printJson } from '../command.ts';
import { readLink } from '../decode.ts';
import { Refusal } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { pairs } from '../table.ts';
import { ask } from './ask.ts';
import { type CustomerWallet, openWallet } from './customer-wallet.ts';
import { assertPurpose } from './purpose.ts';
import { assertAccepted, chosenAmount, claimUrl, readPayout } from './withdraw-request.ts';

/** `wallet withdraw LNURL [AMOUNT]`: takes what a link gives, as the strictest wallets would. */
export function addWithdraw(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'withdraw', 'be paid by an lnurl or an lnurlw link')
    .argument('<lnurl>', 'what a person scans or pastes')
    .argument(
      '[amount]',
      'such as 1000sat or 21000msat; all there is when not said',
      amountArgument,
    )
    .action(async (text: string, wish: Msat | undefined, { json }: { readonly json?: true }) => {
      await withdraw(text, wish, json, surroundings);
    });
}

async function withdraw(
  text: string,
  wish: Msat | undefined,
  json: true | undefined,
  surroundings: Surroundings,
): Promise<void> {
  const { fetch, out } = surroundings;
  await using wallet = await openWallet(surroundings);
  const link = readLink(text);
  assertPurpose(link, 'withdrawRequest');
  const payout = readPayout(await ask(fetch, link.url), link);
  const amount = chosenAmount(payout, wish);
  const { description } = payout;
  // A text that no invoice can hold is left out of ours: it is only a proposal (LUD-03).
  const memo = descriptionFault(description) === undefined ? description : undefined;
  const bolt11 = await wallet.invoice(amount, memo);
  const { paymentHash } = decodeBolt11(bolt11);
  assertAccepted(await ask(fetch, claimUrl(payout, bolt11)));
  const received = await awaitMoney(wallet, paymentHash, surroundings);
  if (json) {
    const amountMsat = msatToJson(received);
    return printJson(surroundings, { state: 'received', amountMsat, bolt11, paymentHash });
  }
  out(
    pairs([
      ['received', formatAmount(received)],
      ['from', new URL(link.url).host],
      ['for', description === '' ? undefined : description],
      ['payment hash', paymentHash],
      ['top up by', payout.payLink],
    ]),
  );
}

const POLL_MS = 500;
const PATIENCE_MS = 30_000;

/** `OK` says that the claim is taken, not that it is paid (LUD-03): only the money says that. */
async function awaitMoney(
  wallet: CustomerWallet,
  paymentHash: PaymentHash,
  { clock }: Surroundings,
): Promise<Msat> {
  const deadline = clock.now() + PATIENCE_MS;
  do {
    const invoice = await wallet.received(paymentHash);
    if (invoice.state === 'settled') return invoice.received;
    await clock.sleep(POLL_MS);
  } while (clock.now() < deadline);
  throw new Refusal(
    `The claim was accepted, but no money came within ${PATIENCE_MS / 1000} seconds: it may still come`,
  );
}
