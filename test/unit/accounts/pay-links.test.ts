import { describe, expect, it } from '@jest/globals';
import { linkEventData } from '../../../src/accounts/pay-links.ts';
import { msat } from '../../../src/msat.ts';
import { COFFEE_TERMS, startPayments } from '../../support/pay-store.ts';

const NOW = 1_700_000_000_000;

describe('a new pay link', () => {
  it('has the text that wallets will hash, and a token that finds it', async () => {
    await using world = await startPayments();

    const link = await world.payLinks.create(
      { ...COFFEE_TERMS, longDescription: 'Long', label: 'till 1' },
      undefined,
    );

    expect(link).toEqual({
      ...COFFEE_TERMS,
      longDescription: 'Long',
      label: 'till 1',
      id: expect.stringMatching(/^pl_[a-z2-7]{26}$/),
      address: undefined,
      revision: 1,
      version: 1,
      metadata: '[["text/plain","Coffee"],["text/long-desc","Long"]]',
      createdAt: NOW,
      disabledAt: undefined,
      paidAt: undefined,
    });
    expect(await world.payLinks.byToken(world.payLinks.token(link))).toEqual(link);
    expect(await world.facts()).toEqual([
      { type: 'link.created', data: { id: link.id, kind: 'pay', label: 'till 1' } },
    ]);
  });

  it('names its address in the text (LUD-16)', async () => {
    await using world = await startPayments();
    const address = { name: 'alice', domain: 'example.org' };

    const link = await world.payLinks.create(COFFEE_TERMS, address);

    expect(link.metadata).toBe('[["text/plain","Coffee"],["text/identifier","alice@example.org"]]');
    expect(await world.payLinks.byAddress('alice', ['example.org'])).toEqual(link);
  });

  it('is refused when its terms contradict each other', async () => {
    await using world = await startPayments();

    const link = world.link({ min: msat(2000n), max: msat(1000n) });

    await expect(link).rejects.toMatchObject({ code: 'invalid-request' });
    expect(await world.facts()).toEqual([]);
  });
});

describe('a pay link that is looked for', () => {
  it('is not found by a wrong token, address or id', async () => {
    await using world = await startPayments();
    const link = await world.link();

    const looks = [
      world.payLinks.byToken(link.id),
      world.payLinks.byToken(''),
      world.payLinks.byAddress('nobody', ['example.org']),
      world.payLinks.get('pl_none'),
    ];

    expect((await Promise.allSettled(looks)).map(({ status }) => status)).toEqual(
      looks.map(() => 'rejected'),
    );
    await expect(looks[0]).rejects.toMatchObject({
      code: 'not-found',
      message: 'pay link not found',
    });
    await expect(looks[2]).rejects.toMatchObject({ code: 'not-found', message: 'user not found' });
  });

  it('is nobody when its name stands on two of the domains (FC-6)', async () => {
    await using world = await startPayments();
    for (const domain of ['one.org', 'two.org']) {
      await world.payLinks.create(COFFEE_TERMS, { name: 'bob', domain });
    }

    const found = world.payLinks.byAddress('bob', ['one.org', 'two.org']);

    await expect(found).rejects.toMatchObject({ message: 'user not found' });
    expect(await world.payLinks.byAddress('bob', ['two.org'])).toMatchObject({
      address: { domain: 'two.org' },
    });
  });
});

describe('a change of a pay link', () => {
  it('is a new version only when the text changes, and old texts stay (FC-10)', async () => {
    await using world = await startPayments();
    const link = await world.link();

    const bounds = await world.payLinks.change(link.id, { min: msat(2000n) });
    const text = await world.payLinks.change(link.id, { description: 'Tea' });
    const back = await world.payLinks.change(link.id, { description: 'Coffee' });

    expect([bounds.version, text.version, back.version]).toEqual([1, 2, 3]);
    const shown = [1, 2, 3, 4, undefined].map(
      async (version) => await world.payLinks.metadataShown(back, version),
    );
    const coffee = '[["text/plain","Coffee"]]';
    const tea = '[["text/plain","Tea"]]';
    expect(await Promise.all(shown)).toEqual([
      { metadata: coffee, version: 1 },
      { metadata: tea, version: 2 },
      { metadata: coffee, version: 3 },
      { metadata: coffee, version: 3 },
      { metadata: coffee, version: 3 },
    ]);
  });

  it('switches off once and on again', async () => {
    await using world = await startPayments();
    const { id } = await world.link();

    const off = await world.payLinks.change(id, { disabled: true });
    world.clock.advance(1000);
    const still = await world.payLinks.change(id, { disabled: true });
    const on = await world.payLinks.change(id, { disabled: false });

    expect([off, still, on].map(({ disabledAt }) => disabledAt)).toEqual([NOW, NOW, undefined]);
    expect((await world.facts()).map(({ data }) => data.disabled)).toEqual([
      undefined,
      true,
      true,
      undefined,
    ]);
  });

  it('is refused as a whole when it would contradict what stands', async () => {
    await using world = await startPayments();
    const link = await world.link();

    const changed = world.payLinks.change(link.id, { label: 'x', max: msat(999n) });

    await expect(changed).rejects.toMatchObject({
      code: 'invalid-request',
      fields: [{ pointer: '/minMsat', detail: 'must not be more than maxMsat' }],
    });
    expect(await world.payLinks.get(link.id)).toEqual(link);
  });

  it('is not for one that is gone', async () => {
    await using world = await startPayments();
    const { id } = await world.link();
    await world.payLinks.remove(id);

    const late = [world.payLinks.change(id, { label: 'x' }), world.payLinks.remove(id)];

    for (const one of late) await expect(one).rejects.toMatchObject({ code: 'not-found' });
    expect((await world.facts()).map(({ data }) => data.deleted)).toEqual([undefined, true]);
  });
});

describe('what events say of a link', () => {
  it('is never its token, and its address when it has one', async () => {
    await using world = await startPayments();
    const link = await world.payLinks.create(
      { ...COFFEE_TERMS, label: 'x' },
      { name: 'alice', domain: 'example.org' },
    );

    const data = linkEventData({ ...link, disabledAt: NOW });

    expect(data).toEqual({
      id: link.id,
      kind: 'pay',
      label: 'x',
      address: 'alice@example.org',
      disabled: true,
    });
    expect(JSON.stringify(await world.facts())).not.toContain(world.payLinks.token(link));
  });
});
