// A wallet made of `lnurl-pay`, in a process of its own.
import {
  type LnUrlPayServiceResponse,
  requestInvoice,
  requestInvoiceWithServiceParams,
  requestPayServiceParams,
  type Satoshis,
  utils,
} from 'lnurl-pay';
import { obeys } from './wallet-script.ts';

interface Order {
  readonly lnUrlOrAddress: string;
  readonly tokens: Satoshis;
  readonly comment?: string;
  readonly onionAllowed?: boolean;
}

obeys({
  ask: async (order: Pick<Order, 'lnUrlOrAddress' | 'onionAllowed'>) =>
    await requestPayServiceParams(order),
  order: async (order: Order) => await requestInvoice({ ...order, validateInvoice: true }),
  orderWith: async (order: Omit<Order, 'lnUrlOrAddress'> & { params: LnUrlPayServiceResponse }) =>
    await requestInvoiceWithServiceParams({ ...order, validateInvoice: true }),
  isProof: async (proof: { invoice: string; preimage: string }) => utils.isValidPreimage(proof),
  hashOf: async (invoice: string) => utils.getHashFromInvoice(invoice),
});
