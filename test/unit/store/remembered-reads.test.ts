import { describe, expect, it } from '@jest/globals';
import { RememberedReads } from '../../../src/store/remembered-reads.ts';

/** Reads that are counted, of a store whose commits are counted too. */
function startReading(commits: number | undefined) {
  const store = { commits, value: 'first' };
  const remembered = new RememberedReads<string>(() => store.commits);
  let reads = 0;
  const read = async (): Promise<string | undefined> => {
    reads += 1;
    await Promise.resolve();
    return store.value === '' ? undefined : store.value;
  };
  return { store, remembered, read, reads: () => reads };
}

describe('remembered reads', () => {
  it('read once until something is committed', async () => {
    const { store, remembered, read, reads } = startReading(1);

    const before = [await remembered.get('a', read), await remembered.get('a', read)];
    store.value = 'second';
    store.commits = 2;
    const after = [await remembered.get('a', read), await remembered.get('a', read)];

    expect([before, after, reads()]).toEqual([['first', 'first'], ['second', 'second'], 2]);
  });

  it('keep keys apart', async () => {
    const { store, remembered, read } = startReading(1);

    const a = await remembered.get('a', read);
    store.value = 'second';

    expect([a, await remembered.get('b', read)]).toEqual(['first', 'second']);
  });

  it('do not keep what a commit overtook', async () => {
    const { store, remembered, read } = startReading(1);

    const overtaken = remembered.get('a', async () => {
      const found = await read();
      store.value = 'second';
      store.commits = 2;
      return found;
    });

    expect(await overtaken).toBe('first');
    expect(await remembered.get('a', read)).toBe('second');
  });

  it('do not keep that nothing was found', async () => {
    const { store, remembered, read } = startReading(1);
    store.value = '';

    const before = await remembered.get('a', read);
    store.value = 'there';

    expect([before, await remembered.get('a', read)]).toEqual([undefined, 'there']);
  });

  it('keep nothing where others write too', async () => {
    const { store, remembered, read } = startReading(undefined);

    const before = await remembered.get('a', read);
    store.value = 'second';

    expect([before, await remembered.get('a', read)]).toEqual(['first', 'second']);
  });

  it('keep the newest ten thousand', async () => {
    const { remembered, read, reads } = startReading(1);
    for (let key = 0; key <= 10_000; key += 1) await remembered.get(String(key), read);

    await remembered.get('1', read);
    await remembered.get('0', read);

    expect(reads()).toBe(10_002);
  });
});
