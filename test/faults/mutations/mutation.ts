/** A text of the product, and what stands there when it is broken on purpose. */
export interface Patch {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** A rule of the money path that is broken. */
export interface Mutation {
  readonly name: string;
  /** How the harness finds it: by listing all schedules, by random runs, or by neither so far. */
  readonly found: 'listing' | 'random' | 'not yet';
  readonly patches: readonly Patch[];
}

const PAYER = 'src/payments/payer.ts';
const CONTINUITY = 'src/payments/continuity.ts';
const WITHDRAWALS = 'src/store/withdrawals.ts';

const SEND = `const ending = await node.pay(fenced.bolt11, {
      maxFee: fenced.feeCap,
      timeoutMs: PAY_TIMEOUT_MS,
    });`;

/** The rules without which money is lost. The harness has to notice that each is gone. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the fence comes after the send',
    found: 'listing',
    patches: [
      {
        file: PAYER,
        before: `const fenced = await store.beginSend(withdrawal, clock.now());
    // Whoever answers after contact was lost must be looked at first; the claim is asked for again.
    if (!fenced || !continuity.isFresh) return;
    ${SEND}`,
        after: `if (!continuity.isFresh) return;
    ${SEND.replaceAll('fenced', 'withdrawal')}
    const fenced = await store.beginSend(withdrawal, clock.now());
    if (!fenced) return;`,
      },
    ],
  },
  {
    name: 'a send without an answer counts as failed',
    found: 'listing',
    patches: [
      {
        file: PAYER,
        before: `if (ending.state === 'paid') await this.#paid(withdrawal, ending);`,
        after: `if (ending.state === 'unknown' && !ending.closed) {
      await this.#finish(withdrawal, { state: 'failed', reason: 'timeout' });
    } else if (ending.state === 'paid') await this.#paid(withdrawal, ending);`,
      },
    ],
  },
  {
    name: 'a payment hash may have two claims',
    found: 'listing',
    patches: [
      {
        file: 'db/migrations/0002_money_out.sql',
        before: `payment_hash text not null unique,
  bolt11 text not null,
  amount_msat bigint not null check (amount_msat > 0),
  fee_cap_msat`,
        after: `payment_hash text not null,
  bolt11 text not null,
  amount_msat bigint not null check (amount_msat > 0),
  fee_cap_msat`,
      },
    ],
  },
  {
    name: 'the event is written after the transaction',
    found: 'listing',
    patches: [
      {
        file: WITHDRAWALS,
        before: `const spent = await giveBack(tx, withdrawal, row.from_set_aside === 1n, now);
      await appendEvents(tx, eventsOf(withdrawal, spent));
      return withdrawal;
    });
    if (done) this.#tell(done);
    return done;
  }

  async resolve`,
        after: `const spent = await giveBack(tx, withdrawal, row.from_set_aside === 1n, now);
      return { withdrawal, spent };
    });
    if (!done) return undefined;
    await this.#sql.transaction(async (tx) => {
      await appendEvents(tx, eventsOf(done.withdrawal, done.spent));
    });
    this.#tell(done.withdrawal);
    return done.withdrawal;
  }

  async resolve`,
      },
    ],
  },
  {
    name: 'what was not found is sent again without a fence',
    found: 'listing',
    patches: [
      {
        file: PAYER,
        before: `if (mayLeave && withdrawal.sendsStarted < MAX_SENDS) await this.#send(withdrawal);`,
        after: `if (!mayLeave) return;
    const { node, store, clock } = this.#parts;
    ${SEND.replaceAll('fenced', 'withdrawal')}
    const how = ending.closed ? 'closed' : 'ambiguous';
    const after = await store.endSend(withdrawal.id, how, ending.existed, clock.now());
    if (after) await this.#classify(after, ending);`,
      },
    ],
  },
  {
    name: 'not found counts as never sent',
    found: 'listing',
    patches: [
      {
        file: PAYER,
        before: `    if (fenced) await this.#finish(withdrawal, { state: 'failed', reason: 'never-sent' });
    return fenced;`,
        after: `    await this.#finish(withdrawal, { state: 'failed', reason: 'never-sent' });
    return true;`,
      },
    ],
  },
  {
    name: 'the fence is looked for after the answer',
    found: 'not yet',
    patches: [
      {
        file: PAYER,
        before: `const fenced = this.#isFenced(withdrawal);
    const track = await this.#track(withdrawal.paymentHash);
    if (track === 'unreachable') return;`,
        after: `const track = await this.#track(withdrawal.paymentHash);
    if (track === 'unreachable') return;
    const fenced = this.#isFenced(withdrawal);`,
      },
    ],
  },
  {
    name: 'failed is final while a send is under way',
    found: 'listing',
    patches: [
      {
        file: PAYER,
        before: 'if (!fenced) return;\n        await this.#finish',
        after: 'await this.#finish',
      },
      {
        file: PAYER,
        before: `else if (ending.state === 'failed' && isLast) {`,
        after: `else if (ending.state === 'failed') {`,
      },
    ],
  },
  {
    name: 'a node that lost its history is believed',
    found: 'random',
    patches: [
      {
        file: CONTINUITY,
        before: `if (track?.state !== 'paid') return 'changed';`,
        after: `if (track?.state !== 'paid') this.#parts.log.warn('odd');`,
      },
      {
        file: PAYER,
        before: `if (withdrawal.knownAt !== undefined) {`,
        after: `if (withdrawal.knownAt === -1) {`,
      },
    ],
  },
  {
    name: 'a payment that a channel holds is called stuck',
    found: 'random',
    patches: [
      {
        file: 'src/payments/stuck.ts',
        before: 'return !(await node.mayBeInFlight(paymentHash)) && continuity.isFresh;',
        after: `await node.mayBeInFlight(paymentHash);
      return continuity.isFresh;`,
      },
    ],
  },
  {
    name: 'money returns to a link that has ended',
    found: 'random',
    patches: [
      {
        file: 'src/store/set-aside.ts',
        before: `where id = $1 and set_aside_msat is not null and ended_at is null
     returning id`,
        after: `where id = $1 and set_aside_msat is not null
     returning id`,
      },
    ],
  },
  {
    name: 'settlements are heard of and never asked for',
    found: 'random',
    patches: [
      {
        file: 'src/payments/invoice-watch.ts',
        before: `await this.#eachOf(store.open.bind(store), async (invoice) => {
      if (await this.#look(invoice)) linkEnded = true;
    });`,
        after: 'linkEnded = false;',
      },
    ],
  },
];
