import { z } from 'zod';
import type { PaymentHash } from '../../hex.ts';
import type { DecodedBolt11 } from '../../lightning/bolt11/decode.ts';
import { type Msat, msat, msatToJson } from '../../msat.ts';
import { understood } from '../command.ts';
import { Refusal } from '../failure.ts';
import { refusalOf } from '../problem.ts';
import { callServer, type ServerCall } from '../server-call.ts';
import { serverOrigin } from '../settings.ts';
import type { Surroundings } from '../surroundings.ts';
import type { CustomerWallet, WalletInvoice, WalletOutcome } from './customer-wallet.ts';

/** The demo network speaks as a regression-test network. */
const DEMO_NETWORK: DecodedBolt11['network'] = 'bcrt';

const amount = z
  .int()
  .min(0)
  .transform((value) => msat(BigInt(value)));

const outcome = z.discriminatedUnion('state', [
  z
    .object({ state: z.literal('paid'), preimage: z.string(), feeMsat: amount })
    .transform(({ feeMsat: fee, ...paid }) => ({ ...paid, fee })),
  z.object({ state: z.literal('failed'), reason: z.string() }),
  z.object({ state: z.literal('unknown') }),
]);

const balances = z.object({ outboundMsat: amount, inboundMsat: amount });
const ownInvoice = z.discriminatedUnion('state', [
  z
    .object({ state: z.literal('settled'), receivedMsat: amount })
    .transform(({ state, receivedMsat: received }) => ({ state, received })),
  z.object({ state: z.literal('open') }),
  z.object({ state: z.literal('cancelled') }),
]);

const madeInvoice = z.object({ bolt11: z.string() });
const connected = z.object({ nodeKey: z.string() });

/** The customer's wallet on the demo network, which lives inside the server. */
export class DemoWallet implements CustomerWallet {
  readonly #call: (call: Omit<ServerCall, 'origin'>) => Promise<unknown>;

  constructor(surroundings: Surroundings) {
    const { fetch } = surroundings;
    const origin = serverOrigin(surroundings);
    this.#call = async (call) => {
      const answer = await callServer(fetch, { ...call, origin });
      if (answer.status === 200) return answer.body;
      if (answer.status !== 404) throw refusalOf(answer, origin);
      throw new Refusal(
        `The server at ${origin} has no demo wallet: only one with BOLTGATE_NODE=demo brings it; set BOLTGATE_WALLET_LND_… to pay from an LND of yours`,
      );
    };
  }

  async network(): Promise<DecodedBolt11['network']> {
    return await Promise.resolve(DEMO_NETWORK);
  }

  async pay(bolt11: string): Promise<WalletOutcome> {
    const body = await this.#call({ method: 'POST', path: '/demo/wallet/pay', body: { bolt11 } });
    return understood(outcome, body);
  }

  async invoice(wanted: Msat, description: string | undefined): Promise<string> {
    const body = await this.#call({
      method: 'POST',
      path: '/demo/wallet/invoices',
      body: { amountMsat: msatToJson(wanted), ...(description !== undefined && { description }) },
    });
    return understood(madeInvoice, body).bolt11;
  }

  async received(paymentHash: PaymentHash): Promise<WalletInvoice> {
    const path = `/demo/wallet/invoices/${paymentHash}`;
    return understood(ownInvoice, await this.#call({ method: 'GET', path }));
  }

  async connect(uri: string): Promise<string> {
    const body = await this.#call({ method: 'POST', path: '/demo/wallet/connect', body: { uri } });
    return understood(connected, body).nodeKey;
  }

  async balance(): Promise<{ readonly outbound: Msat; readonly inbound: Msat }> {
    const body = await this.#call({ method: 'GET', path: '/demo/wallet' });
    const { outboundMsat: outbound, inboundMsat: inbound } = understood(balances, body);
    return { outbound, inbound };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
  }
}
