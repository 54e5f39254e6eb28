import { describe, expect, it } from '@jest/globals';
import { tokenHash } from '../../src/accounts/tokens.ts';
import type { NodeKey } from '../../src/hex.ts';
import type { Channel } from '../../src/payments/channel.ts';
import { keyOf } from '../support/channel-wallet.ts';
import { type OperatorApi, startOperatorApi } from '../support/operator-api.ts';

const PATH = '/api/v1/channel-offers';
const NOW = '2023-11-14T22:13:20.000Z';
const CHANNEL = { capacitySat: 100_000 };
const OUTPOINT = `${'ab'.repeat(32)}:0`;
const NEVER = new AbortController().signal;

describe('channel offers', () => {
  it('are made with what was not said filled in, and are found where Location points', async () => {
    await using server = await startOperatorApi();
    const { api, channelOffers } = server;

    const { status, headers, body } = await api.post(PATH).send(CHANNEL);

    const token = channelOffers.token(body);
    expect([status, headers.location]).toEqual([201, `${PATH}/${body.id}`]);
    expect(body).toEqual({
      id: expect.stringMatching(/^co_[a-z2-7]{26}$/),
      url: `https://pay.example.com/lnurlc/${token}`,
      lnurl: expect.stringMatching(/^LNURL1[A-Z0-9]+$/),
      lud17: `lnurlc://pay.example.com/lnurlc/${token}`,
      qr: `https://pay.example.com/lnurlc/${token}/qr.svg`,
      ...{ capacitySat: 100_000, pushSat: 0, private: 'wallet', uses: 1, usesLeft: 1 },
      ...{ state: 'open', createdAt: NOW },
    });
    expect((await api.get(headers.location ?? '')).body).toEqual(body);
  });

  it('keep every member that they were given', async () => {
    await using server = await startOperatorApi();
    const members = {
      ...{ capacitySat: 16_777_215, pushSat: 5_000, private: 'never', satPerVbyte: 12, uses: 40 },
      ...{ validFrom: '2026-01-01T00:00:00.000Z', expiresAt: '2027-01-01T00:00:00.000Z' },
      label: 'Café – first customers',
    };

    const { status, body } = await server.api.post(PATH).send(members);

    const { id, url, lnurl, lud17, qr, createdAt, usesLeft, state, ...kept } = body;
    expect([status, kept, usesLeft, state]).toEqual([201, members, 40, 'notYet']);
  });

  it('are made once for an Idempotency-Key (FC-31)', async () => {
    await using server = await startOperatorApi();
    const post = async () =>
      await server.api.post(PATH).set('idempotency-key', 'one').send(CHANNEL);

    const [first, second] = [await post(), await post()];

    expect(second.body).toEqual(first.body);
    expect((await server.api.get(PATH)).body.items).toHaveLength(1);
  });

  it('do not keep their token in the store, and tell nobody of it', async () => {
    await using server = await startOperatorApi();

    const { body } = await server.api.post(PATH).send(CHANNEL);

    const token = body.url.split('/').at(-1);
    const rows = await server.sql.query('select token_hash from channel_offers');
    const events = await server.eventLog.after(0n, 10);
    expect(rows).toEqual([{ token_hash: tokenHash(token) }]);
    expect(events.map(({ type, data }) => [type, JSON.parse(data)])).toEqual([
      ['link.created', { id: body.id, kind: 'channel' }],
    ]);
  });

  it('are listed newest first, page by page', async () => {
    await using server = await startOperatorApi();
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      ids.unshift((await server.api.post(PATH).send(CHANNEL)).body.id);
      server.clock.advance(1);
    }

    const first = (await server.api.get(PATH).query({ limit: 2 })).body;
    const rest = (await server.api.get(PATH).query({ after: first.next })).body;

    const got = [...first.items, ...rest.items].map(({ id }) => id);
    expect([got, rest.next]).toEqual([ids, null]);
  });

  it.each<[pointer: string, given: object]>([
    ['/capacitySat', { capacitySat: undefined }],
    ['/capacitySat', { capacitySat: 19_999 }],
    ['/capacitySat', { capacitySat: 16_777_216 }],
    ['/capacitySat', { capacitySat: 100_000.5 }],
    ['/capacitySat', { capacitySat: '100000' }],
    ['/capacitySat', { capacitySat: null }],
    ['/pushSat', { pushSat: -1 }],
    ['/pushSat', { pushSat: 100_000 }],
    ['/pushSat', { pushSat: 1.5 }],
    ['/private', { private: true }],
    ['/private', { private: 'sometimes' }],
    ['/satPerVbyte', { satPerVbyte: 0 }],
    ['/satPerVbyte', { satPerVbyte: 5_001 }],
    ['/uses', { uses: 0 }],
    ['/uses', { uses: 1_000_001 }],
    ['/validFrom', { validFrom: '2026-01-01' }],
    ['/validFrom', { validFrom: '2027-01-01T00:00:00Z', expiresAt: '2026-01-01T00:00:00Z' }],
    ['/label', { label: '' }],
    ['/description', { description: 'x' }],
    ['/accountId', { accountId: 'ac_1' }],
    ['/disabled', { disabled: true }],
  ])('are refused for %s (%#)', async (pointer, given) => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api.post(PATH).send({ ...CHANNEL, ...given });

    expect([status, body.code]).toEqual([400, 'invalid-request']);
    expect(body.errors).toMatchObject([{ pointer, detail: expect.any(String) }]);
    expect((await server.api.get(PATH)).body.items).toEqual([]);
  });
});

describe('a change of a channel offer', () => {
  it('touches only what it names, and null takes an optional member away', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const made = await api.post(PATH).send({
      ...{ ...CHANNEL, pushSat: 5, private: 'never', satPerVbyte: 3, uses: 5, label: 'a' },
      expiresAt: '2030-01-01T00:00:00Z',
    });
    const path = `${PATH}/${made.body.id}`;

    const named = await api.patch(path).send({ capacitySat: 200_000, uses: 9 });
    const cleared = await api.patch(path).send({
      ...{ pushSat: null, private: null, satPerVbyte: null, label: null, expiresAt: null },
    });

    const { id, url, lnurl, lud17, qr, createdAt } = made.body;
    const changes = { capacitySat: 200_000, uses: 9, usesLeft: 9 };
    expect([named.status, named.body]).toEqual([200, { ...made.body, ...changes }]);
    expect([cleared.status, cleared.body]).toEqual([
      200,
      {
        ...{ id, url, lnurl, lud17, qr, createdAt, ...changes },
        ...{ pushSat: 0, private: 'wallet', state: 'open' },
      },
    ]);
  });

  it('switches an offer off and on again', async () => {
    await using server = await startOperatorApi();
    const made = await server.api.post(PATH).send(CHANNEL);
    const path = `${PATH}/${made.body.id}`;

    const off = await server.api.patch(path).send({ disabled: true });
    const on = await server.api.patch(path).send({ disabled: false });

    expect(off.body).toEqual({ ...made.body, state: 'disabled', disabledAt: NOW });
    expect(on.body).toEqual(made.body);
  });

  it('that names nothing changes nothing and tells nobody', async () => {
    await using server = await startOperatorApi();
    const made = await server.api.post(PATH).send(CHANNEL);
    const head = await server.eventLog.head();

    const { status, body } = await server.api.patch(`${PATH}/${made.body.id}`).send({});

    expect([status, body, await server.eventLog.head()]).toEqual([200, made.body, head]);
  });

  it.each<[given: object, pointer: string]>([
    [{ capacitySat: null }, '/capacitySat'],
    [{ capacitySat: 20_000, pushSat: 20_000 }, '/pushSat'],
    [{ pushSat: 100_000 }, '/pushSat'],
    [{ uses: null }, '/uses'],
    [{ uses: 2 }, '/uses'],
    [{ disabled: 'yes' }, '/disabled'],
    [{ id: 'co_2' }, '/id'],
  ])('is refused with %j', async (given, pointer) => {
    await using server = await startOperatorApi();
    const made = await server.api.post(PATH).send(CHANNEL);
    const path = `${PATH}/${made.body.id}`;

    const { status, body } = await server.api.patch(path).send(given);

    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
    expect((await server.api.get(path)).body).toEqual(made.body);
  });

  it('leaves no fewer uses than were taken', async () => {
    await using server = await startOperatorApi();
    const made = await server.api.post(PATH).send({ ...CHANNEL, uses: 5 });
    for (const number of [1, 2, 3]) await request(server, made.body.id, keyOf(number));
    const path = `${PATH}/${made.body.id}`;

    const { status, body } = await server.api.patch(path).send({ uses: 2 });

    expect([status, body.errors]).toEqual([
      400,
      [{ pointer: '/uses', detail: 'must not be less than the 3 taken' }],
    ]);
    expect((await server.api.patch(path).send({ uses: 3 })).body).toMatchObject({
      ...{ uses: 3, usesLeft: 0, state: 'claimed' },
    });
  });

  it('that ends an offer is for good', async () => {
    await using server = await startOperatorApi();
    const { id } = (await server.api.post(PATH).send(CHANNEL)).body;

    const { status } = await server.api.delete(`${PATH}/${id}`);

    const after = [await server.api.get(`${PATH}/${id}`), await server.api.delete(`${PATH}/${id}`)];
    expect([status, ...after.map((answer) => answer.status)]).toEqual([204, 404, 404]);
  });
});

describe('channels', () => {
  it('are listed with what came of them, by state, offer and time', async () => {
    await using server = await startOperatorApi();
    const { api, channelRooms } = server;
    const first = (await api.post(PATH).send(CHANNEL)).body;
    const second = (await api.post(PATH).send({ ...CHANNEL, pushSat: 5, satPerVbyte: 2 })).body;
    const opened = await request(server, first.id, keyOf(1));
    await channelRooms.loop.advance(opened.id);
    server.clock.advance(1_000);
    const waiting = await request(server, second.id, keyOf(2));
    const ids = async (query: object) =>
      (await api.get('/api/v1/channels').query(query)).body.items.map(({ id }: Channel) => id);

    const { body } = await api.get('/api/v1/channels');

    const terms = { capacitySat: 100_000, private: true };
    expect(body).toEqual({
      items: [
        {
          ...{ id: waiting.id, linkId: second.id, state: 'requested', nodeKey: keyOf(2), ...terms },
          ...{ pushSat: 5, satPerVbyte: 2, createdAt: '2023-11-14T22:13:21.000Z' },
        },
        {
          ...{ id: opened.id, linkId: first.id, state: 'opened', nodeKey: keyOf(1), ...terms },
          ...{ pushSat: 0, createdAt: NOW, endedAt: NOW },
          fundingOutpoint: expect.stringMatching(/^[0-9a-f]{64}:0$/),
        },
      ],
      next: null,
    });
    expect(await ids({ state: 'opened' })).toEqual([opened.id]);
    expect(await ids({ linkId: second.id })).toEqual([waiting.id]);
    expect(await ids({ since: '2023-11-14T22:13:21Z' })).toEqual([waiting.id]);
    expect(await ids({ limit: 1, after: waiting.id })).toEqual([opened.id]);
    expect((await api.get(`/api/v1/channels/${opened.id}`)).body).toEqual(body.items[1]);
  });

  it.each([[{ state: 'pending' }], [{ since: 'yesterday' }], [{ after: 'ch_none' }]])(
    'are not listed by %j',
    async (query) => {
      await using server = await startOperatorApi();

      const { status } = await server.api.get('/api/v1/channels').query(query);

      expect(status).toBe(400);
    },
  );

  it('are nothing for strangers', async () => {
    await using server = await startOperatorApi();

    const answers = [
      await server.stranger.get('/api/v1/channels'),
      await server.stranger.post(PATH).send(CHANNEL),
      await server.stranger.post('/api/v1/channels/ch_1/resolve').send({}),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
  });
});

describe('a held channel', () => {
  it.each([
    ['opened', { fundingOutpoint: OUTPOINT }, { usesLeft: 0, state: 'spent' }],
    ['failed', {}, { usesLeft: 1, state: 'open' }],
  ])('is %s when a person says so, once, and the trail tells who', async (outcome, more, offer) => {
    await using server = await startOperatorApi();
    const { api, offerId, id } = await held(server);
    const path = `/api/v1/channels/${id}/resolve`;
    const word = { outcome, ...more, note: 'looked it up in the old node' };

    const { status, body } = await api.post(path).send(word);
    const again = await api.post(path).send(word);

    const trail = (await api.get('/api/v1/audit')).body.items[0];
    const types = (await server.eventLog.after(0n, 20)).map(({ type }) => type);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, state: outcome, endedAt: NOW, ...more });
    expect(body.reason).toBe(outcome === 'failed' ? 'operator' : undefined);
    expect([again.status, again.body.code]).toEqual([409, 'already-decided']);
    expect((await api.get(`${PATH}/${offerId}`)).body).toMatchObject(offer);
    expect(trail).toMatchObject({
      ...{ action: 'channel.resolved', subject: id },
      detail: { outcome, heldFor: 'node-changed', note: word.note },
    });
    expect(types).toContain(`channel.${outcome}`);
  });

  it.each<[object, string]>([
    [{}, '/outcome'],
    [{ outcome: 'paid' }, '/outcome'],
    [{ outcome: 'opened' }, '/fundingOutpoint'],
    [{ outcome: 'opened', fundingOutpoint: 'ab:0' }, '/fundingOutpoint'],
    [{ outcome: 'failed', fundingOutpoint: OUTPOINT }, '/fundingOutpoint'],
    [{ outcome: 'failed', force: true }, '/force'],
  ])('is not decided by %j', async (word, pointer) => {
    await using server = await startOperatorApi();
    const { api, id } = await held(server);

    const { status, body } = await api.post(`/api/v1/channels/${id}/resolve`).send(word);

    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
    expect((await api.get(`/api/v1/channels/${id}`)).body.state).toBe('held');
  });

  it('is not failed, nor another one, while the node shows it', async () => {
    await using server = await startOperatorApi();
    const { api, id, nodeKey } = await held(server);
    server.network.connect(nodeKey);
    await server.network.ours.openChannel({
      ...{ peer: nodeKey, capacitySat: 100_000, pushSat: 0, private: true },
      ...{ satPerVbyte: undefined, memo: `lnurlc:${id}` },
    });
    const path = `/api/v1/channels/${id}/resolve`;
    const fundingOutpoint = server.network.channels[0]?.fundingOutpoint;

    const answers = [
      await api.post(path).send({ outcome: 'failed' }),
      await api.post(path).send({ outcome: 'opened', fundingOutpoint: OUTPOINT }),
      await api.post(path).send({ outcome: 'opened', fundingOutpoint }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 200]);
  });

  it('is decided once for an Idempotency-Key (FC-31)', async () => {
    await using server = await startOperatorApi();
    const { api, id } = await held(server);
    const path = `/api/v1/channels/${id}/resolve`;
    const post = async () =>
      await api.post(path).set('idempotency-key', 'word').send({ outcome: 'failed' });

    const [first, second] = [await post(), await post()];

    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
  });

  it('is not there, or not held', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const { id: offerId } = (await api.post(PATH).send(CHANNEL)).body;
    const { id } = await request(server, offerId, keyOf(1));
    const word = { outcome: 'failed' };

    const answers = [
      await api.post('/api/v1/channels/ch_none/resolve').send(word),
      await api.post(`/api/v1/channels/${id}/resolve`).send(word),
    ];

    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [404, 'not-found'],
      [409, 'already-decided'],
    ]);
  });
});

/** A request of a connected node, of which nothing was asked yet. */
async function request(server: OperatorApi, offerId: string, nodeKey: NodeKey): Promise<Channel> {
  const { channels, channelOffers, network } = server;
  network.connect(nodeKey);
  const offer = await channelOffers.get(offerId);
  const { capacitySat, pushSat, satPerVbyte } = offer;
  const terms = { channelOfferId: offerId, capacitySat, pushSat, satPerVbyte, private: true };
  const k1 = channelOffers.challenge(offer);
  return await channels.request({ ...terms, nodeKey, k1 }, NEVER);
}

/** A request that was under way when the node became another one. */
async function held(server: OperatorApi) {
  const { api, channelRooms, sql, network } = server;
  const { id: offerId } = (await api.post(PATH).send(CHANNEL)).body;
  const nodeKey = keyOf(1);
  const { id } = await request(server, offerId, nodeKey);
  await channelRooms.store.begin(id, server.clock.now());
  await sql.query("insert into settings (name, value) values ('node_key', $1)", [keyOf(9)]);
  await channelRooms.loop.advance(id);
  network.faults.goDown();
  network.faults.comeBack();
  return { api, offerId, id, nodeKey };
}
