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

/** The demo network speaks as a regression-test network. */
export const DEMO_NETWORK: DecodedBolt11['network'] = 'bcrt';

const amount = z
  .int()
  .min(0)
  .transform((value) => msat(BigInt(value)));

const outcome = z.discriminatedUnion('state', [
  z.object({ state: z.literal('paid'), preimage: z.string(), feeMsat: amount }),
  z.object({ state: z.literal('failed'), reason: z.string() }),
  z.object({ state: z.literal('unknown') }),
]);

export type DemoOutcome = z.infer<typeof outcome>;

const balances = z.object({ outboundMsat: amount, inboundMsat: amount });
const ownInvoice = z.discriminatedUnion('state', [
  z.object({ state: z.literal('settled'), receivedMsat: amount }),
  z.object({ state: z.literal('open') }),
  z.object({ state: z.literal('cancelled') }),
]);

const madeInvoice = z.object({ bolt11: z.string() });
const connected = z.object({ nodeKey: z.string() });

/** The customer's wallet on the demo network, which lives inside the server. */
export class DemoWallet {
  readonly #call: (call: Omit<ServerCall, 'origin'>) => Promise<unknown>;

  /** Throws Refusal when another wallet is configured. */
  constructor(surroundings: Surroundings) {
    refuseOtherWallets(surroundings);
    const { fetch } = surroundings;
    const origin = serverOrigin(surroundings);
    this.#call = async (call) => {
      const answer = await callServer(fetch, { ...call, origin });
      if (answer.status === 200) return answer.body;
      if (answer.status !== 404) throw refusalOf(answer, origin);
      throw new Refusal(
        `The server at ${origin} has no demo wallet: only one with BOLTGATE_NODE=demo brings it`,
      );
    };
  }

  async pay(bolt11: string): Promise<DemoOutcome> {
    const body = await this.#call({ method: 'POST', path: '/demo/wallet/pay', body: { bolt11 } });
    return understood(outcome, body);
  }

  /** A bolt11 to be paid by somebody else. */
  async invoice(amount: Msat, description: string | undefined): Promise<unknown> {
    return await this.#call({
      method: 'POST',
      path: '/demo/wallet/invoices',
      body: { amountMsat: msatToJson(amount), ...(description !== undefined && { description }) },
    });
  }

  /** What came of an invoice of the wallet's own. */
  async received(paymentHash: PaymentHash): Promise<z.infer<typeof ownInvoice>> {
    const path = `/demo/wallet/invoices/${paymentHash}`;
    return understood(ownInvoice, await this.#call({ method: 'GET', path }));
  }

  /** Connects the wallet's node to `pubkey@host:port`, and says who it is. */
  async connect(uri: string): Promise<z.infer<typeof connected>> {
    const body = await this.#call({ method: 'POST', path: '/demo/wallet/connect', body: { uri } });
    return understood(connected, body);
  }

  async balance(): Promise<unknown> {
    return await this.#call({ method: 'GET', path: '/demo/wallet' });
  }
}

export function readBalances(body: unknown): z.infer<typeof balances> {
  return understood(balances, body);
}

export function readInvoice(body: unknown): z.infer<typeof madeInvoice> {
  return understood(madeInvoice, body);
}

function refuseOtherWallets({ env }: Surroundings): void {
  const name = Object.keys(env).find((one) => one.startsWith('BOLTGATE_WALLET_LND_') && env[one]);
  if (name === undefined) return;
  throw new Refusal(
    `This version's wallet pays from the demo network only: unset ${name} to use that`,
  );
}
