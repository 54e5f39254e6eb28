import type { HoldInvoice } from '../network/hold-invoice.ts';

/** A voucher that can be claimed once, or a link that can be claimed often. */
export interface Voucher {
  readonly id: string;
  readonly path: string;
  readonly uses: number;
  tries: number;
}

/** What wallets were heard to be told, over all lives of the server, and what they still hold. */
export class Promises {
  readonly vouchers: Voucher[] = [];
  /** Payment hashes of which a wallet was told OK: their claims must be on record. */
  readonly claimed = new Set<string>();
  /** Invoices whose payees have neither settled nor cancelled them yet, by payment hash. */
  readonly held = new Map<string, HoldInvoice>();
  /** Answers that no wallet should ever get. */
  readonly faults: string[] = [];
  readonly counts = { pays: 0, withdraws: 0, asks: 0, repeats: 0, unanswered: 0 };
}
