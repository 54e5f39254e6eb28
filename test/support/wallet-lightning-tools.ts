// A wallet made of `@getalby/lightning-tools`, in a process of its own.
import { Invoice, LightningAddress, type RequestInvoiceArgs } from '@getalby/lightning-tools';
import { obeys } from './wallet-script.ts';

interface Payee {
  readonly address: string;
  /** `false`: the wallet asks the server itself. */
  readonly proxy: string | false;
}

async function find({ address, proxy }: Payee): Promise<LightningAddress> {
  const payee = new LightningAddress(address, { proxy });
  await payee.fetch();
  return payee;
}

obeys({
  ask: async (payee: Payee) => {
    const { lnurlpData, keysendData, nostrData } = await find(payee);
    return { lnurlpData, keysendData, nostrData };
  },
  order: async ({ payee, wish }: { payee: Payee; wish: RequestInvoiceArgs }) =>
    await (await find(payee)).requestInvoice(wish),
  isPaid: async ({ pr, verify }: { pr: string; verify: string }) => {
    const invoice = new Invoice({ pr, verify });
    const isPaid = await invoice.isPaid();
    const { preimage } = invoice;
    return { isPaid, preimage, isProof: preimage !== null && invoice.validatePreimage(preimage) };
  },
});
