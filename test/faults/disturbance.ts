import { satoshi } from '../../src/msat.ts';
import type { Chance } from './chance.ts';
import { CALL_FAULTS } from './node-connection.ts';
import type { Wallets } from './wallets.ts';
import type { Choice, World } from './world.ts';

/** Kinds of trouble. A run has some of them, so that each is met with and without the others. */
const KINDS = [
  'service',
  'node',
  'stuck',
  'history',
  'calls',
  'stall',
  'cut',
  'store',
  'together',
  'news',
  'impatience',
  'stranger',
  'operator',
] as const;

export type Trouble = (typeof KINDS)[number];

const PROBABILITY: Partial<Readonly<Record<Trouble, number>>> = { stuck: 0.15, history: 0.2 };
const MAX_SKEW_MS = 25_000;
const STALLS_MS = [70_000, 130_000, 400_000];

/** Everything that goes wrong in a run, as choices. */
export class Disturbance {
  readonly #world: World;
  readonly #wallets: Wallets;
  readonly #chance: Chance;
  readonly #kinds: ReadonlySet<Trouble>;
  /** What has really happened. */
  readonly happened = new Set<Trouble>();

  constructor(world: World, wallets: Wallets, chance: Chance) {
    this.#world = world;
    this.#wallets = wallets;
    this.#chance = chance;
    this.#kinds = new Set(KINDS.filter((kind) => chance.happens(PROBABILITY[kind] ?? 0.5)));
    if (chance.happens(0.3)) world.node.clockSkewMs = chance.below(2 * MAX_SKEW_MS) - MAX_SKEW_MS;
  }

  choices(): Choice[] {
    const { service, node } = this.#world;
    return [
      ...(service
        ? this.#whileUp()
        : [
            this.#choice('service', 'the server starts', 5, async () => {
              await this.#world.startService();
            }),
          ]),
      ...(node.process
        ? this.#whileNodeUp()
        : [
            this.#choice('node', 'the node starts', 4, () => {
              node.start();
            }),
          ]),
    ];
  }

  /** All that was broken is mended, and nothing breaks any more. */
  async stop(): Promise<void> {
    this.#world.node.start();
    await this.#world.startService();
  }

  #choice(kind: Trouble, label: string, weight: number, take: Choice['take']): Choice {
    return {
      ...{ label, weight },
      take: async () => {
        this.happened.add(kind);
        await take();
      },
    };
  }

  #of(kind: Trouble, make: () => readonly Choice[]): readonly Choice[] {
    return this.#kinds.has(kind) ? make() : [];
  }

  #whileUp(): Choice[] {
    const { service } = this.#world;
    if (!service) return [];
    const crash = (requests: 'lost' | 'late') =>
      this.#choice('service', `the server crashes, requests ${requests}`, 0.25, () => {
        this.#world.crashService(requests);
        this.#wallets.serverIsGone();
      });
    return [
      ...this.#of('service', () => [crash('lost'), crash('late')]),
      ...this.#of('calls', () => this.#callFaults()),
      ...this.#of('stall', () => [
        this.#choice('stall', 'everything stalls', 0.8, async () => {
          const { time } = this.#world;
          await this.#world.passTimeTo(time.now + this.#chance.one(STALLS_MS));
        }),
      ]),
      ...this.#of('cut', () => [
        this.#choice('cut', 'the connection is cut', 0.15, () => service.node.cut('lost')),
        this.#choice('cut', 'the connection is cut, requests late', 0.15, () =>
          service.node.cut('late'),
        ),
      ]),
      ...this.#of('store', () => this.#storeFaults()),
      ...this.#of('together', () => this.#together()),
      ...this.#of('news', () => this.#newsFaults()),
      ...this.#of('impatience', () => this.#wallets.impatience()),
      ...this.#of('operator', () => this.#operator()),
    ];
  }

  #whileNodeUp(): Choice[] {
    const { node } = this.#world;
    return [
      ...this.#of('node', () => [
        this.#choice('node', 'the node crashes', 0.3, () => node.crash('lost')),
      ]),
      ...this.#of('stuck', () => [
        this.#choice('stuck', 'the node crashes at the wrong moment', 0.2, () =>
          node.crash('stuck'),
        ),
      ]),
      ...this.#of('history', () => this.#historyLoss()),
      ...this.#of('stranger', () => this.#stranger()),
    ];
  }

  #callFaults(): Choice[] {
    const connection = this.#world.service?.node;
    if (!connection) return [];
    return CALL_FAULTS.flatMap((fault) => {
      const calls = connection.faultable(fault);
      if (calls === 0) return [];
      return [
        this.#choice('calls', `a call meets: ${fault}`, fault === 'request late' ? 3 : 0.4, () => {
          connection.meet(fault, this.#chance.below(calls));
        }),
      ];
    });
  }

  #storeFaults(): Choice[] {
    const sql = this.#world.service?.sql;
    if (!sql || sql.waiting === 0) return [];
    return (['undone', 'committed'] as const).map((what) =>
      this.#choice('store', `the store fails, the work is ${what}`, 0.25, async () => {
        await sql.failOne(what);
      }),
    );
  }

  #together(): Choice[] {
    const sql = this.#world.service?.sql;
    if (!sql || sql.waiting < 2) return [];
    return [
      this.#choice('together', 'all that wait commit together', 10, async () => {
        await sql.commitTogether();
      }),
    ];
  }

  #newsFaults(): Choice[] {
    const streams = [...(this.#world.service?.node.streams ?? [])].filter(
      ({ onTheWay }) => onTheWay > 0,
    );
    return streams.flatMap((stream) => [
      this.#choice('news', 'news comes twice', 0.6, () => stream.disturb('twice')),
      this.#choice('news', 'news never comes', 0.6, () => stream.disturb('never')),
    ]);
  }

  /** Links are switched off, or taken away with a claim on them. */
  #operator(): Choice[] {
    const links = this.#world.service?.moneyOut.withdrawLinks;
    const [claim] = this.#wallets.claims;
    if (!links || !claim) return [];
    const { linkId } = this.#chance.one(this.#wallets.claims).voucher;
    return [
      this.#choice('operator', 'the operator takes the link away', 0.1, () => {
        links.remove(linkId).catch(() => undefined);
      }),
      this.#choice('operator', 'the operator switches the link off or on', 0.2, () => {
        const disabled = this.#chance.happens(0.5);
        links.change(linkId, { disabled }).catch(() => undefined);
      }),
    ];
  }

  /**
   * Another program pays the same invoice from our node. Not while a send of ours may be under way:
   * then nobody could tell whose payment it is.
   */
  #stranger(): Choice[] {
    if (this.#wallets.claims.length === 0) return [];
    return [
      this.#choice('stranger', 'a stranger pays the invoice', 0.2, () => {
        const { node, database } = this.#world;
        const { bolt11, paymentHash } = this.#chance.one(this.#wallets.claims).invoice;
        const sent = database.hashes(
          'select payment_hash from withdrawals where sends_started > 0',
        );
        if (sent.has(paymentHash)) return;
        node.pay({ bolt11, maxFee: satoshi(10n), by: 'stranger', answer: () => undefined });
      }),
    ];
  }

  #historyLoss(): Choice[] {
    if (this.happened.has('history')) return [];
    const lose = (identity: 'same key' | 'other key'): Choice => ({
      ...{ label: `the node comes back empty, ${identity}`, weight: 0.3 },
      take: () => {
        if (!this.#isVisible(identity)) return;
        this.happened.add('history');
        const { node } = this.#world;
        node.crash(this.#chance.one(['lost', 'out']));
        node.loseHistory(identity, this.#chance.one(['paid', 'failed']));
        node.start();
      },
    });
    return [lose('same key'), lose('other key')];
  }

  /**
   * Whether the loss can be seen at all: by the node's key, or by a payment that it has forgotten. What
   * it forgets of settlements must be booked already: nobody else knows of them.
   */
  #isVisible(identity: 'same key' | 'other key'): boolean {
    const { node, database } = this.#world;
    const settled = database.hashes("select payment_hash from invoices where state = 'settled'");
    const unbooked = node.receipts.some(({ invoice, state }) => {
      return state === 'settled' && !settled.has(invoice.paymentHash);
    });
    if (unbooked) return false;
    if (identity === 'other key') {
      return database.all("select 1 as one from settings where name = 'node_key'").length > 0;
    }
    const paid = database.hashes("select payment_hash from withdrawals where state = 'paid'");
    return node.payments.some(({ invoice }) => paid.has(invoice.paymentHash));
  }
}
