import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { StoreError } from '../../../src/errors.ts';
import { GroupCommit } from '../../../src/store/group-commit.ts';
import type { Writer } from '../../../src/store/open-transaction.ts';

/** A connection that writes down what it is told; `failing` says what a statement throws. */
class RecordingWriter implements Writer {
  readonly log: string[] = [];
  readonly #failing: (text: string) => Error | undefined;
  inTransaction = false;

  constructor(failing: (text: string) => Error | undefined = () => undefined) {
    this.#failing = failing;
  }

  run<Row>(text: string): Row[] {
    this.log.push(text);
    const failure = this.#failing(text);
    if (failure !== undefined) throw failure;
    if (text === 'begin immediate') this.inTransaction = true;
    if (text === 'commit' || text === 'rollback') this.inTransaction = false;
    return [];
  }

  script(text: string): void {
    this.run(text);
  }
}

const busy = () => Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });

describe('group commit', () => {
  it('runs all that wait between one begin and one commit, and tells nobody before', async () => {
    const writer = new RecordingWriter();
    const commits = new GroupCommit(writer);

    const add = async (name: string) => {
      await commits.add(async (tx) => await tx.query(name));
      writer.log.push(`${name} heard`);
    };
    await Promise.all([add('first'), add('second')]);

    expect(writer.log).toEqual([
      'begin immediate',
      'savepoint one',
      'first',
      'release one',
      'savepoint one',
      'second',
      'release one',
      'commit',
      'first heard',
      'second heard',
    ]);
  });

  it('undoes a failing one alone, and tells it after the commit too', async () => {
    const writer = new RecordingWriter((text) => (text === 'bad' ? new Error('bad') : undefined));
    const commits = new GroupCommit(writer);

    const add = async (name: string) => {
      const { status } = await settled(commits.add(async (tx) => await tx.query(name)));
      writer.log.push(`${name} ${status}`);
    };
    await Promise.all([add('bad'), add('good')]);

    expect(writer.log).toEqual([
      'begin immediate',
      'savepoint one',
      'bad',
      'rollback to one',
      'release one',
      'savepoint one',
      'good',
      'release one',
      'commit',
      'bad rejected',
      'good fulfilled',
    ]);
  });

  it('gives later turns of the event loop their own commit', async () => {
    const writer = new RecordingWriter();
    const commits = new GroupCommit(writer);

    await commits.add(async (tx) => await tx.query('first'));
    await commits.add(async (tx) => await tx.query('second'));

    expect(writer.log.filter((text) => text === 'commit')).toHaveLength(2);
  });

  it('carries no more transactions in a commit than the limit', async () => {
    const writer = new RecordingWriter();
    const commits = new GroupCommit(writer, { maxTransactions: 2 });

    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => commits.add((tx) => tx.query(name))));

    expect(writer.log.filter((text) => /^(.|commit)$/.test(text))).toEqual([
      'a',
      'b',
      'commit',
      'c',
      'd',
      'commit',
      'e',
      'commit',
    ]);
  });

  it('refuses what would wait too long', async () => {
    const commits = new GroupCommit(new RecordingWriter(), { maxWaiting: 1 });

    const outcomes = await Promise.allSettled([
      commits.add(async () => 'in time'),
      commits.add(async () => 'too late'),
    ]);

    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: 'in time' },
      { status: 'rejected', reason: { code: 'store-unavailable' } },
    ]);
  });

  it('rejects all of a batch whose commit fails, and leaves nothing open', async () => {
    const broken = new Error('disk I/O error');
    const writer = new RecordingWriter((text) => (text === 'commit' ? broken : undefined));
    const commits = new GroupCommit(writer);

    const outcomes = await Promise.allSettled([
      commits.add(async () => 1),
      commits.add(async () => {
        throw new Error('saw a row that was not committed');
      }),
    ]);

    const reason = { code: 'store-unavailable', cause: broken };
    expect(outcomes).toMatchObject([{ reason }, { reason }]);
    expect(outcomes[0]).toHaveProperty('reason', expect.any(StoreError));
    expect([writer.log.at(-1), writer.inTransaction]).toEqual(['rollback', false]);
  });

  it('works again after a batch that failed', async () => {
    const failures = [new Error('disk I/O error')];
    const writer = new RecordingWriter((text) => (text === 'commit' ? failures.pop() : undefined));
    const commits = new GroupCommit(writer);
    await settled(commits.add(async () => 1));

    await expect(commits.add(async () => 2)).resolves.toBe(2);
  });

  it('rejects all of a batch when the database rolled back by itself', async () => {
    const writer = new RecordingWriter((text) => {
      if (text !== 'fill the disk') return undefined;
      writer.inTransaction = false;
      return new StoreError('store-unavailable', 'The store has no space left');
    });
    const commits = new GroupCommit(writer);

    const outcomes = await Promise.allSettled(
      ['fine', 'fill the disk', 'never run'].map((text) => commits.add((tx) => tx.query(text))),
    );

    const reason = { code: 'store-unavailable', message: 'The store has no space left' };
    expect(outcomes).toMatchObject([{ reason }, { reason }, { reason }]);
    expect(writer.log).not.toContain('never run');
  });

  it('undoes a transaction that waits for something else, and lets the others through', async () => {
    const writer = new RecordingWriter();
    const commits = new GroupCommit(writer, { transactionTimeoutMs: 5 });

    const outcomes = await Promise.allSettled([
      commits.add(async () => await new Promise<never>(() => undefined)),
      commits.add(async () => 'through'),
    ]);

    expect(outcomes).toMatchObject([
      { reason: { message: expect.stringContaining('a transaction took too long') } },
      { value: 'through' },
    ]);
    expect(writer.log).toContain('rollback to one');
  });

  it('takes the connection away from a transaction that was given up', async () => {
    const writer = new RecordingWriter();
    const commits = new GroupCommit(writer, { transactionTimeoutMs: 5 });
    const obstacle = new EventTarget();
    const late: Promise<unknown>[] = [];
    await settled(
      commits.add(async (tx) => {
        const gone = once(obstacle, 'gone');
        late.push(gone.then(async () => await tx.query('late')));
        await gone;
      }),
    );

    obstacle.dispatchEvent(new Event('gone'));

    await expect(Promise.all(late)).rejects.toThrow('this transaction is over');
    expect(writer.log).not.toContain('late');
  });

  it('knows who calls from inside a transaction', async () => {
    const commits = new GroupCommit(new RecordingWriter());
    const seen: boolean[] = [];

    seen.push(commits.inside);
    await commits.add(async (tx) => {
      seen.push(commits.inside);
      await tx.query('first');
      seen.push(commits.inside);
      await new Promise((resolve) => setImmediate(resolve));
      // From here on it could be anybody.
      seen.push(commits.inside);
    });
    seen.push(commits.inside);

    expect(seen).toEqual([false, true, true, false, false]);
  });

  it('asks again for the write lock while another process has it', async () => {
    const failures = [busy(), busy()];
    const writer = new RecordingWriter((text) =>
      text === 'begin immediate' ? failures.pop() : undefined,
    );
    const commits = new GroupCommit(writer);

    await expect(commits.add(async () => 'done')).resolves.toBe('done');
  });

  it('gives up on a write lock that another process keeps', async () => {
    const writer = new RecordingWriter((text) => (text === 'begin immediate' ? busy() : undefined));
    const commits = new GroupCommit(writer, { lockAttempts: 2 });

    await expect(commits.add(async () => 'done')).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    expect(writer.log).toEqual(['begin immediate', 'begin immediate']);
  });

  it('commits what waits before it closes', async () => {
    const writer = new RecordingWriter();
    const commits = new GroupCommit(writer);
    const waiting = commits.add(async () => 'done');

    await commits.close();

    expect(writer.log.at(-1)).toBe('commit');
    await expect(waiting).resolves.toBe('done');
    await expect(commits.add(async () => 'late')).rejects.toMatchObject({
      code: 'store-unavailable',
    });
  });
});

async function settled<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [outcome] = await Promise.allSettled([promise]);
  return outcome;
}
