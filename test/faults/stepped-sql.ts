import { StoreError } from '../../src/errors.ts';
import { GroupCommit } from '../../src/store/group-commit.ts';
import type { Queries, Sql, SqlValue } from '../../src/store/sql.ts';
import type { Connection } from '../../src/store/sqlite-connection.ts';
import type { Step, Steps } from './steps.ts';

/** A transaction that waits for its turn. */
interface Waiting {
  readonly step: Step;
  readonly commit: () => Promise<void>;
  readonly fail: (committed: boolean) => Promise<void>;
}

/**
 * The store of one service: the product's own group commit on a database that outlives the service.
 * Each commit is a step of its own, or shares one with all that wait.
 */
export class SteppedSql implements Sql {
  readonly #connection: Connection;
  readonly #commits: GroupCommit;
  readonly #steps: Steps;
  readonly #owner: object;
  readonly #waiting = new Map<Step, Waiting>();

  constructor(connection: Connection, steps: Steps, owner: object) {
    this.#connection = connection;
    this.#commits = new GroupCommit(connection);
    this.#steps = steps;
    this.#owner = owner;
  }

  get commits(): number {
    return this.#commits.commits;
  }

  /** How many transactions wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  async query<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    this.#assertOutside();
    if (this.#connection.reads(text)) return this.#connection.run<Row>(text, values);
    return await this.#inTurn(
      labelOf(text, values),
      async (tx) => await tx.query<Row>(text, values),
    );
  }

  async transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    this.#assertOutside();
    return await this.#inTurn(firstStatementOf(work), work);
  }

  async script(text: string): Promise<void> {
    await this.transaction(async (tx) => await tx.script(text));
  }

  /** All that wait go into one commit. */
  async commitTogether(): Promise<void> {
    const batch = [...this.#waiting.values()];
    this.#steps.drop(...batch.map(({ step }) => step));
    await Promise.all(batch.map(async ({ commit }) => await commit()));
  }

  /** The database refuses the transaction that came first; what it had done is there or is not. */
  async failOne(what: 'undone' | 'committed'): Promise<void> {
    const [first] = this.#waiting.values();
    if (!first) return;
    this.#steps.drop(first.step);
    await first.fail(what === 'committed');
  }

  async close(): Promise<void> {
    await this.#commits.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #inTurn<T>(label: string, work: (tx: Queries) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const commit = async (): Promise<void> => {
        this.#waiting.delete(step);
        await this.#commits.add(work).then(resolve, reject);
      };
      const fail = async (committed: boolean): Promise<void> => {
        this.#waiting.delete(step);
        if (committed) await this.#commits.add(work).catch(() => undefined);
        reject(new StoreError('store-unavailable', 'The store could not commit, try again'));
      };
      const step = this.#steps.add({
        ...{ label: `commit ${label}`, owner: this.#owner, weight: 10, lazy: false },
        take: commit,
      });
      this.#waiting.set(step, { step, commit, fail });
    });
  }

  #assertOutside(): void {
    if (this.#commits.inside) throw new Error('inside a transaction use its tx, not the store');
  }
}

function labelOf(text: string, values: readonly SqlValue[]): string {
  const words = text.trim().split(/\s+/);
  const verb = words[0] ?? '';
  const table = verb === 'update' ? words[1] : words[2];
  return `${verb} ${table} ${values.slice(0, 2).join(' ')}`;
}

/** Names a transaction by what it does first; it is begun for that on a database that never answers. */
function firstStatementOf(work: (tx: Queries) => Promise<unknown>): string {
  let label = 'nothing';
  const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
  const deaf: Queries = {
    query: <Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> => {
      label = labelOf(text, values);
      return never<Row[]>();
    },
    script: async () => await never<void>(),
  };
  work(deaf).catch(() => undefined);
  return label;
}
