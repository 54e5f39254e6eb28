import { describe, expect, it } from '@jest/globals';
import { StoreError } from '../../src/errors.ts';
import { COFFEE, type OperatorApi, startOperatorApi } from '../support/operator-api.ts';
import { tempFolder } from '../support/temp-folder.ts';

const DAY_MS = 86_400_000;

/** FC-31. */
describe('a POST with an Idempotency-Key', () => {
  it.each([
    ['/api/v1/pay-links', COFFEE, 201],
    ['/api/v1/addresses', { ...COFFEE, name: 'alice' }, 201],
    ['/api/v1/logins', { action: 'login' }, 201],
    ['/api/v1/events/tickets', {}, 201],
    ['/api/v1/pay-links', { ...COFFEE, minMsat: 1 }, 400],
  ])(
    'to %s is done once of ten times at once, and answered alike (%#)',
    async (path, body, status) => {
      await using server = await startOperatorApi();

      const answers = await Promise.all(
        Array.from({ length: 10 }, async () => await post(server, path, 'a key', body)),
      );

      const kinds = new Set(answers.map((answer) => `${answer.status} ${answer.text}`));
      expect([kinds.size, answers[0]?.status]).toEqual([1, status]);
      expect(
        answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true'),
      ).toHaveLength(9);
      expect(new Set(answers.map(({ headers }) => headers.location)).size).toBe(1);
      expect(new Set(answers.map(({ headers }) => headers['content-type'])).size).toBe(1);
      expect(await rowCount(server)).toBe(status === 201 ? 1 : 0);
    },
  );

  it('is refused when the key was used for another body or path', async () => {
    await using server = await startOperatorApi();
    await post(server, '/api/v1/pay-links', 'one', COFFEE);

    const others = [
      await post(server, '/api/v1/pay-links', 'one', { ...COFFEE, maxMsat: 2000 }),
      await post(server, '/api/v1/logins', 'one', COFFEE),
      await post(server, '/api/v1/pay-links', 'one', {}),
    ];

    expect(others.map(({ status, body }) => [status, body.code])).toEqual([
      [422, 'idempotency-conflict'],
      [422, 'idempotency-conflict'],
      [422, 'idempotency-conflict'],
    ]);
    expect(await rowCount(server)).toBe(1);
    expect((await post(server, '/api/v1/pay-links', 'one', COFFEE)).status).toBe(201);
  });

  it('is refused again as it was refused first, though it could be done now', async () => {
    await using server = await startOperatorApi();
    const { api } = server;
    const alice = { ...COFFEE, name: 'alice' };
    const { id } = (await api.post('/api/v1/addresses').send(alice)).body;

    const first = await post(server, '/api/v1/addresses', 'one', alice);
    await api.delete(`/api/v1/addresses/${id}`);
    const second = await post(server, '/api/v1/addresses', 'one', alice);

    expect([first.status, first.body.code]).toEqual([409, 'name-taken']);
    expect([second.status, second.text, second.headers['idempotency-replayed']]).toEqual([
      409,
      first.text,
      'true',
    ]);
    expect(second.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  it('is tried anew after a fault of ours', async () => {
    await using server = await startOperatorApi();
    const create = server.payLinks.create.bind(server.payLinks);
    const failures = [new StoreError('store-unavailable', 'The store is down'), new Error('a bug')];
    server.payLinks.create = async (...given) => {
      const failure = failures.shift();
      return failure ? await Promise.reject(failure) : await create(...given);
    };

    const answers = [
      await post(server, '/api/v1/pay-links', 'one', COFFEE),
      await post(server, '/api/v1/pay-links', 'one', COFFEE),
      await post(server, '/api/v1/pay-links', 'one', COFFEE),
      await post(server, '/api/v1/pay-links', 'one', COFFEE),
    ];

    expect(answers.map(({ status, headers }) => [status, headers['idempotency-replayed']])).toEqual(
      [
        [503, undefined],
        [500, undefined],
        [201, undefined],
        [201, 'true'],
      ],
    );
    expect(answers[3]?.text).toBe(answers[2]?.text);
  });

  it('has its first answer still after a restart and a day', async () => {
    using folder = tempFolder();
    const databasePath = `${folder.path}/test.sqlite`;
    const first = await (async () => {
      await using before = await startOperatorApi({ databasePath });
      return await post(before, '/api/v1/pay-links', 'one', COFFEE);
    })();

    await using server = await startOperatorApi({ databasePath });
    server.clock.advance(DAY_MS);
    const second = await post(server, '/api/v1/pay-links', 'one', COFFEE);

    expect([second.status, second.text]).toEqual([201, first.text]);
    expect(await rowCount(server)).toBe(1);
  });

  it('does not show what another API key was answered', async () => {
    using folder = tempFolder();
    const databasePath = `${folder.path}/test.sqlite`;
    await (async () => {
      await using before = await startOperatorApi({ databasePath, adminKey: 'the-former-key' });
      await post(before, '/api/v1/pay-links', 'one', COFFEE);
    })();

    await using server = await startOperatorApi({ databasePath });
    const { status, body } = await post(server, '/api/v1/pay-links', 'one', COFFEE);

    expect([status, body.code]).toEqual([422, 'idempotency-conflict']);
  });

  it.each([[''], ['x'.repeat(256)], ['kä'], ['a\tb']])(
    'is refused when the key is %j',
    async (key) => {
      await using server = await startOperatorApi();

      const { status, body } = await post(server, '/api/v1/pay-links', key, COFFEE);

      expect([status, body.code, await rowCount(server)]).toEqual([400, 'invalid-request', 0]);
    },
  );

  it.each([['x'.repeat(255)], ['~ !"#$%']])('may have the key %j', async (key) => {
    await using server = await startOperatorApi();

    const { status } = await post(server, '/api/v1/pay-links', key, COFFEE);

    expect(status).toBe(201);
  });

  it('keeps nothing for those who are not let in', async () => {
    await using server = await startOperatorApi();
    const path = '/api/v1/pay-links';
    await server.stranger.post(path).set('idempotency-key', 'one').send(COFFEE);

    const { status, headers } = await post(server, path, 'one', COFFEE);

    expect([status, headers['idempotency-replayed']]).toEqual([201, undefined]);
  });
});

describe('a POST without a key', () => {
  it('is done each time', async () => {
    await using server = await startOperatorApi();

    await server.api.post('/api/v1/pay-links').send(COFFEE);
    await server.api.post('/api/v1/pay-links').send(COFFEE);

    expect([await rowCount(server), await server.sql.query('select * from receipts')]).toEqual([
      2,
      [],
    ]);
  });
});

async function post({ api }: OperatorApi, path: string, key: string, body: object) {
  return await api.post(path).set('idempotency-key', key).send(body);
}

async function rowCount({ sql }: OperatorApi): Promise<number> {
  const [row] = await sql.query<{ n: bigint }>(
    `select (select count(*) from pay_links) + (select count(*) from logins)
          + (select count(*) from event_tickets) as n`,
  );
  return Number(row?.n);
}
