import type { Log, LogFields } from '../../src/log.ts';
import { type Msat, msat } from '../../src/msat.ts';
import type { BooksDatabase } from './books-database.ts';
import type { Chance } from './chance.ts';
import { type ServiceParts, ServiceUnderTest } from './service-under-test.ts';
import { type Grain, SimulatedNode } from './simulated-node.ts';
import { SimulatedTime } from './simulated-time.ts';
import { quiet, type Step, Steps } from './steps.ts';
import type { InvoiceMint } from './wallet-invoices.ts';

export interface WorldOptions {
  readonly database: BooksDatabase;
  readonly mint: InvoiceMint;
  readonly chance: Chance;
  readonly grain: Grain;
  readonly travel: ServiceParts['travel'];
  readonly pace: ServiceParts['pace'];
  readonly loops: ServiceParts['loops'];
}

/** Something that may be done next, by whoever chooses. */
export interface Choice {
  readonly label: string;
  readonly weight: number;
  readonly take: () => void | Promise<void>;
}

export const START_OF_TIME = 1_700_000_000_000;

/** All of one run: a database, a node, a time, and one life of the server after the other. */
export class World {
  readonly steps = new Steps();
  readonly time = new SimulatedTime(START_OF_TIME);
  readonly node: SimulatedNode;
  readonly database: BooksDatabase;
  readonly mint: InvoiceMint;
  /** What the server told of as an error: it should never happen. */
  readonly errors: string[] = [];
  readonly #options: WorldOptions;
  #service: ServiceUnderTest | undefined;
  #lives = 0;

  constructor(options: WorldOptions) {
    const { database, mint, chance, grain } = options;
    this.#options = options;
    this.database = database;
    this.mint = mint;
    const feeOf = (maxFee: Msat): Msat => msat((maxFee * BigInt(chance.one([0, 1, 2, 4, 4]))) / 4n);
    this.node = new SimulatedNode({ steps: this.steps, time: this.time, mint, grain, feeOf });
    database.empty();
  }

  /** The life of the server that is on; undefined while it is down. */
  get service(): ServiceUnderTest | undefined {
    return this.#service;
  }

  get lives(): number {
    return this.#lives;
  }

  async startService(): Promise<void> {
    if (this.#service) return;
    const { database, travel, pace, loops, chance } = this.#options;
    this.#lives += 1;
    this.#service = new ServiceUnderTest({
      ...{ connection: database.connection, steps: this.steps, time: this.time, node: this.node },
      ...{ mint: this.mint, random: chance.bytes, log: this.#log(), travel, pace, loops },
    });
    await this.#service.start();
    await quiet();
  }

  crashService(requests: 'lost' | 'late'): void {
    this.#service?.die(requests);
    this.#service = undefined;
  }

  /** Does something of the operator's while everything goes well: each step in its turn. */
  async undisturbed<T>(work: (service: ServiceUnderTest) => Promise<T>): Promise<T> {
    const service = this.#service;
    if (!service) throw new Error('the service is down');
    let over = false;
    const doing = work(service).finally(() => {
      over = true;
    });
    doing.catch(() => undefined);
    for (await quiet(); !over; await quiet()) {
      const next = this.steps.waiting.find(({ lazy }) => !lazy) ?? this.steps.waiting[0];
      if (!next) throw new Error('what was begun waits for nothing');
      await this.steps.take(next);
    }
    return await doing;
  }

  /** Lets time pass; what may not wait so long happens on the way. */
  async passTimeTo(moment: number): Promise<void> {
    for (;;) {
      const due = this.steps.dueBefore(moment);
      if (!due) break;
      this.time.moveTo(due.dueAt);
      await quiet();
      if (this.steps.waiting.includes(due)) await this.steps.take(due);
    }
    this.time.moveTo(moment);
    await quiet();
  }

  /** The steps that wait, as choices. */
  stepChoices(): Choice[] {
    return this.steps.waiting.map((step) => this.choiceOf(step));
  }

  choiceOf(step: Step): Choice {
    const { label, weight } = step;
    return { label, weight, take: async () => await this.steps.take(step) };
  }

  #log(): Log {
    const nothing = (): void => undefined;
    return {
      ...{ debug: nothing, info: nothing, warn: nothing },
      error: (message: string, _fields?: LogFields) => {
        this.errors.push(message);
      },
    };
  }
}
