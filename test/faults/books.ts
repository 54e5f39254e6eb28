import { short } from './simulated-node.ts';

/** Where our rows are. */
export interface RowSource {
  all<Row>(text: string): Row[];
}

/** What a node has of its own, simulated or real. */
export interface NodeBooks {
  readonly payments: readonly BookedPayment[];
  readonly receipts: readonly BookedReceipt[];
}

export interface BookedPayment {
  readonly invoice: {
    readonly paymentHash: string;
    readonly amount: bigint;
    readonly preimage: string;
  };
  /** Who asked for it. */
  readonly by: 'server' | 'stranger';
  readonly state: 'in-flight' | 'paid' | 'failed';
  readonly maxFee: bigint;
  readonly fee: bigint;
}

export interface BookedReceipt {
  readonly invoice: { readonly paymentHash: string };
  readonly state: 'open' | 'settled' | 'cancelled';
  readonly received: bigint;
}

interface WithdrawalRow {
  readonly id: string;
  readonly withdraw_link_id: string;
  readonly k1: string;
  readonly payment_hash: string;
  readonly amount_msat: bigint;
  readonly fee_cap_msat: bigint;
  readonly fee_msat: bigint | null;
  readonly state: 'reserved' | 'sending' | 'held' | 'paid' | 'failed';
  readonly reason: string | null;
  readonly preimage: string | null;
  readonly created_at: bigint;
}

interface LinkRow {
  readonly id: string;
  readonly uses: bigint;
  readonly uses_taken: bigint;
  readonly uses_paid: bigint;
  readonly taken_msat: bigint;
  readonly total_msat: bigint | null;
  readonly set_aside_msat: bigint | null;
  readonly ended_at: bigint | null;
}

interface InvoiceRow {
  readonly id: string;
  readonly payment_hash: string;
  readonly state: string;
  readonly received_msat: bigint | null;
}

interface AccountRow {
  readonly id: string;
  readonly balance_msat: bigint;
  readonly entry_count: bigint;
  readonly sum: bigint | null;
  readonly count: bigint;
}

/** What may be left over at the end. */
export interface Allowed {
  /** A person is needed: the node lost its history, was another one, or never ends a payment. */
  readonly held: boolean;
  /** Whether a claim is rightly under way still; none is when not given. */
  readonly underWay?: (paymentHash: string) => boolean;
}

/** What the books say at the end of a run, against the node's own. Every fault is a sentence. */
export class Books {
  readonly #database: RowSource;
  readonly #node: NodeBooks;
  readonly #withdrawals: readonly WithdrawalRow[];
  /** The node's payments that are ours to answer for. */
  readonly #ours: readonly BookedPayment[];
  readonly #faults: string[] = [];

  constructor(database: RowSource, node: NodeBooks) {
    this.#database = database;
    this.#node = node;
    this.#withdrawals = database.all('select * from withdrawals order by created_at, id');
    this.#ours = oursOf(node, this.#withdrawals);
  }

  /** Everything that is wrong; nothing is what we want. */
  faults(allowed: Allowed): readonly string[] {
    this.#everyClaimHasItsEnd(allowed);
    this.#everyPaymentHasItsRow();
    this.#everySettlementHasItsRow();
    this.#everyUseIsSpentOrBack();
    this.#everyHourIsCounted();
    this.#everyChangeIsTold();
    this.#ledgerIsWhole();
    this.#ledgerEqualsNode();
    return this.#faults;
  }

  #check(holds: boolean, fault: () => string): void {
    if (!holds) this.#faults.push(fault());
  }

  #everyClaimHasItsEnd({ held, underWay }: Allowed): void {
    for (const { id, state, reason, payment_hash } of this.#withdrawals) {
      const ended = state === 'paid' || state === 'failed' || (held && state === 'held');
      const isRight = ended || (underWay?.(payment_hash) ?? false);
      this.#check(isRight, () => `stuck: ${id} is ${state} (${reason ?? 'no reason'})`);
      this.#check(reason !== null || state !== 'held', () => `${id} is held without a reason`);
    }
    const live = this.#withdrawals.filter(({ state }) => state !== 'failed').map(({ k1 }) => k1);
    this.#check(new Set(live).size === live.length, () => 'a k1 has two claims that live');
  }

  #everyPaymentHasItsRow(): void {
    const hashes = this.#ours.map(({ invoice }) => invoice.paymentHash);
    this.#check(new Set(hashes).size === hashes.length, () => 'the node paid an invoice twice');
    for (const payment of this.#ours) this.#paymentHasItsRow(payment);
    for (const row of this.#withdrawals.filter(({ state }) => state === 'paid')) {
      const known = this.#ours.filter(({ invoice }) => invoice.paymentHash === row.payment_hash);
      this.#check(known.length === 1, () => `${row.id} is paid, but the node paid nothing`);
    }
  }

  #paymentHasItsRow({ invoice, fee, by, maxFee }: BookedPayment): void {
    const { paymentHash, amount, preimage } = invoice;
    const rows = this.#withdrawals.filter(({ payment_hash }) => payment_hash === paymentHash);
    const [row] = rows.filter(({ state }) => state === 'paid' || state === 'held');
    const name = `the payment ${short(paymentHash)}`;
    this.#check(rows.length === 1, () => `${name} has ${rows.length} rows`);
    this.#check(row !== undefined, () => `${name} left, and its claim is ${rows[0]?.state}`);
    if (!row || row.state === 'held') return;
    const asPaid = row.amount_msat === amount && row.fee_msat === fee && row.preimage === preimage;
    this.#check(asPaid, () => `${name} is booked with another amount, fee or preimage`);
    const inCap = by === 'stranger' || (maxFee <= row.fee_cap_msat && fee <= maxFee);
    this.#check(inCap, () => `${name} cost more than its fee cap`);
  }

  #everySettlementHasItsRow(): void {
    const rows = this.#database.all<InvoiceRow>('select * from invoices');
    for (const { invoice, state, received } of this.#node.receipts) {
      if (state !== 'settled') continue;
      const settled = rows.filter(({ payment_hash }) => payment_hash === invoice.paymentHash);
      const [row] = settled;
      const right = row?.state === 'settled' && row.received_msat === received;
      this.#check(settled.length === 1 && right, () => {
        return `the settlement ${short(invoice.paymentHash)} is ${row?.state ?? 'without a row'}`;
      });
    }
    for (const row of rows.filter(({ state }) => state === 'settled')) {
      const known = this.#node.receipts.some(({ invoice, state }) => {
        return invoice.paymentHash === row.payment_hash && state === 'settled';
      });
      this.#check(known, () => `${row.id} is settled, but nothing came`);
    }
    this.#sameCount('invoices', "state = 'settled'", 'invoice');
  }

  #everyUseIsSpentOrBack(): void {
    for (const link of this.#database.all<LinkRow>('select * from withdraw_links')) {
      const claims = this.#withdrawals.filter(
        ({ withdraw_link_id }) => withdraw_link_id === link.id,
      );
      const paid = claims.filter(({ state }) => state === 'paid');
      const open = claims.filter(({ state }) => state !== 'paid' && state !== 'failed');
      const cost =
        sum(paid, ({ amount_msat, fee_msat }) => amount_msat + (fee_msat ?? 0n)) +
        sum(open, ({ amount_msat, fee_cap_msat }) => amount_msat + fee_cap_msat);
      const { uses, uses_taken, uses_paid, taken_msat, total_msat } = link;
      const name = `the link ${link.id}`;
      this.#check(uses_paid === BigInt(paid.length), () => `${name} counts ${uses_paid} paid uses`);
      const taken = BigInt(paid.length + open.length);
      this.#check(uses_taken === taken, () => `${name} counts ${uses_taken} uses for ${taken}`);
      this.#check(taken_msat === cost, () => `${name} counts ${taken_msat} msat for ${cost}`);
      this.#check(taken <= uses, () => `${name} gave more uses than it has`);
      const inTotal = total_msat === null || cost <= total_msat;
      this.#check(inTotal, () => `${name} gave more than its total`);
      const kept = link.ended_at !== null && (link.set_aside_msat ?? 0n) > 0n;
      this.#check(!kept, () => `${name} has ended and keeps what was set aside`);
      this.#leftWithin(link, claims);
    }
  }

  /** The same by the node's books: what really left by a link. */
  #leftWithin({ id, uses, total_msat }: LinkRow, claims: readonly WithdrawalRow[]): void {
    const hashes = new Set(claims.map(({ payment_hash }) => payment_hash));
    const left = this.#ours.filter(({ by, invoice }) => {
      return by === 'server' && hashes.has(invoice.paymentHash);
    });
    const amount = sum(left, ({ invoice, fee }) => invoice.amount + fee);
    const within = BigInt(left.length) <= uses && (total_msat === null || amount <= total_msat);
    this.#check(within, () => `by ${id} left ${amount} msat in ${left.length} payments`);
    const k1s = left.map(({ invoice }) => {
      return claims.find(({ payment_hash }) => payment_hash === invoice.paymentHash)?.k1;
    });
    this.#check(new Set(k1s).size === k1s.length, () => `a k1 of ${id} was paid twice`);
  }

  #everyHourIsCounted(): void {
    const rows = this.#database.all<{ scope: string; msat: bigint | null }>(
      'select scope, sum(msat) as msat from spend_hours group by scope',
    );
    for (const { scope, msat } of rows) {
      const claims = this.#withdrawals.filter(({ withdraw_link_id }) => {
        return scope === 'server' || withdraw_link_id === scope;
      });
      const spent = sum(claims, ({ state, amount_msat, fee_cap_msat, fee_msat }) => {
        if (state === 'failed') return 0n;
        return amount_msat + (state === 'paid' ? (fee_msat ?? 0n) : fee_cap_msat);
      });
      this.#check((msat ?? 0n) === spent, () => `the hours of ${scope} say ${msat} for ${spent}`);
    }
  }

  #everyChangeIsTold(): void {
    const events = this.#database.all<{ seq: bigint; type: string; data: string }>(
      'select seq, type, data from events order by seq',
    );
    const gap = events.findIndex(({ seq }, place) => seq !== BigInt(place + 1));
    this.#check(gap < 0, () => `the events have a gap at ${gap + 1}`);
    const told = new Map<string, string[]>();
    for (const { type, data } of events) {
      const { id } = JSON.parse(data);
      told.set(id, [...(told.get(id) ?? []), type]);
    }
    for (const { id, state } of this.#withdrawals) {
      const said = (told.get(id) ?? []).filter((type) => type !== 'withdrawal.held');
      const wanted = ['withdrawal.reserved'];
      if (state === 'paid' || state === 'failed') wanted.push(`withdrawal.${state}`);
      this.#check(said.join() === wanted.join(), () => `of ${id}, ${state}, was told ${said}`);
    }
    for (const { id, state } of this.#database.all<InvoiceRow>('select * from invoices')) {
      const said = told.get(id) ?? [];
      const wanted =
        state === 'open' ? ['invoice.created'] : ['invoice.created', `invoice.${state}`];
      this.#check(said.join() === wanted.join(), () => `of ${id}, ${state}, was told ${said}`);
    }
    for (const { id, uses, uses_paid } of this.#database.all<LinkRow>(
      'select * from withdraw_links',
    )) {
      const spent = (told.get(id) ?? []).filter((type) => type === 'link.spent').length;
      this.#check(
        spent === (uses === uses_paid ? 1 : 0),
        () => `${id} was told spent ${spent} times`,
      );
    }
  }

  #ledgerIsWhole(): void {
    const unbalanced = this.#database.all<{ transfer_id: string }>(
      'select transfer_id from entries group by transfer_id having sum(amount_msat) <> 0',
    );
    this.#check(unbalanced.length === 0, () => `${unbalanced[0]?.transfer_id} is not balanced`);
    const accounts = this.#accounts();
    const total = sum(accounts, ({ balance_msat }) => balance_msat);
    this.#check(total === 0n, () => `the ledger sums to ${total} msat`);
    for (const { id, balance_msat, entry_count, sum: booked, count } of accounts) {
      const right = balance_msat === (booked ?? 0n) && entry_count === count;
      this.#check(right, () => `the account ${id} differs from its entries`);
    }
    const open = this.#withdrawals.filter(({ state }) => state !== 'paid' && state !== 'failed');
    const kept = sum(open, ({ amount_msat, fee_cap_msat }) => amount_msat + fee_cap_msat);
    this.#check(this.#balance('in-flight') === kept, () => 'what is in flight is not what is kept');
    const aside = sum(this.#database.all<LinkRow>('select * from withdraw_links'), (link) => {
      return link.set_aside_msat ?? 0n;
    });
    this.#check(this.#balance('set-aside') === aside, () => 'what is set aside is of no link');
    this.#sameCount('withdrawals', 'true', 'reserve');
    this.#sameCount('withdrawals', "state = 'paid'", 'paid');
    this.#sameCount('withdrawals', "state = 'failed'", 'release');
  }

  /** What the node holds for us, by our books and by its own. Held claims are not booked yet. */
  #ledgerEqualsNode(): void {
    const came = sum(this.#node.receipts, ({ state, received }) => {
      return state === 'settled' ? received : 0n;
    });
    const held = this.#withdrawals.filter(({ state }) => state === 'held');
    const unbooked = new Set(held.map((row) => row.payment_hash));
    const left = sum(this.#ours, ({ invoice, fee }) => {
      return unbooked.has(invoice.paymentHash) ? 0n : invoice.amount + fee;
    });
    const ours = -(this.#balance('node') + this.#balance('fees'));
    this.#check(
      ours === came - left,
      () => `the ledger says ${ours}, the node ${came - left} msat`,
    );
  }

  /** As many transfers of a kind as rows that want one: the index lets none be there twice. */
  #sameCount(table: string, where: string, kind: string): void {
    const [row] = this.#database.all<{ rows: bigint; transfers: bigint }>(
      `select (select count(*) from ${table} where ${where}) as rows,
              (select count(*) from transfers where kind = '${kind}') as transfers`,
    );
    this.#check(row?.rows === row?.transfers, () => {
      return `${row?.transfers} transfers of kind ${kind} for ${row?.rows} rows`;
    });
  }

  #accounts(): AccountRow[] {
    return this.#database.all(
      `select accounts.id, accounts.balance_msat, entry_count, sum(amount_msat) as sum,
              count(amount_msat) as count
         from accounts left join entries on entries.account_id = accounts.id
        group by accounts.id`,
    );
  }

  #balance(id: string): bigint {
    return this.#accounts().find((account) => account.id === id)?.balance_msat ?? 0n;
  }
}

function sum<T>(items: readonly T[], of: (item: T) => bigint): bigint {
  return items.reduce((total, item) => total + of(item), 0n);
}

/**
 * What was paid because the server asked. A stranger's payment of the same invoice is his own, unless
 * the server took it for the one of its claim: then it is counted as that.
 */
function oursOf({ payments }: NodeBooks, rows: readonly WithdrawalRow[]): BookedPayment[] {
  const paid = payments.filter(({ state }) => state === 'paid');
  const asked = paid.filter(({ by }) => by === 'server');
  const answered = new Set(asked.map(({ invoice }) => invoice.paymentHash));
  const taken = paid.filter(({ by, invoice: { paymentHash } }) => {
    if (by === 'server' || answered.has(paymentHash)) return false;
    return rows.some((row) => row.payment_hash === paymentHash && row.state === 'paid');
  });
  return [...asked, ...taken];
}
