import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openSqlite } from '../../src/store/sqlite.ts';
import { startOperatorApi } from '../support/operator-api.ts';
import { start } from '../support/start.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { makeLink, orderFrom, pay, settled, until } from '../support/wallet.ts';

const NOW = '2023-11-14T22:13:20.000Z';
const NOTHING = {
  ...{ at: NOW, scope: 'full', agrees: true, payments: 0, invoices: 0, heldMsat: 0 },
  ...{ foreign: { payments: 0, invoices: 0 }, pending: 0, decided: 0, differences: [] },
};

describe('reconcile', () => {
  it('tells what was found last, which is nothing before the first look', async () => {
    await using server = await startOperatorApi();
    const before = await server.api.get('/api/v1/reconcile');

    const asked = await server.api.post('/api/v1/reconcile');

    const after = await server.api.get('/api/v1/reconcile');
    expect([before.status, before.body]).toEqual([200, { state: 'unchecked' }]);
    expect([asked.status, asked.body]).toEqual([200, { state: 'agrees', report: NOTHING }]);
    expect(after.body).toEqual(asked.body);
  });

  it('lists where ledger and node differ, and the node shows it too', async () => {
    await using server = await startOperatorApi();
    await server.sql.query("update accounts set balance_msat = -7 where id = 'treasury'");

    const { status, body } = await server.api.post('/api/v1/reconcile');

    expect([status, body.state, body.report.agrees]).toEqual([200, 'differs', false]);
    expect(body.report.differences).toEqual([
      { kind: 'sum', id: 'ledger', foundMsat: -7, expectedMsat: 0 },
      { kind: 'balance', id: 'treasury', foundMsat: -7, expectedMsat: 0 },
    ]);
    expect((await server.api.get('/api/v1/node')).body.ledger).toBe('differs');
  });

  it('answers the same again for the same Idempotency-Key (FC-31)', async () => {
    await using server = await startOperatorApi();
    const post = async () =>
      await server.api.post('/api/v1/reconcile').set('idempotency-key', 'k').send({});
    const first = await post();
    server.clock.advance(1000);

    const again = await post();

    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  it('is a problem of the node when the node cannot be asked', async () => {
    await using server = await startOperatorApi();
    server.network.faults.goDown();

    const { status, body } = await server.api.post('/api/v1/reconcile');

    expect([status, body.code]).toEqual([503, 'node-unavailable']);
  });
});

describe('a whole server', () => {
  it('agrees with its node after a payment, and says so where it is ready', async () => {
    await using server = await start();
    const link = await makeLink(server);
    const order = await orderFrom(server, link.url, { amount: 21_000 });
    await pay(server, order);
    await settled(server, order);

    const { body } = await server.operator.post('/api/v1/reconcile');

    expect(body).toMatchObject({
      state: 'agrees',
      report: { agrees: true, invoices: 1, payments: 0, heldMsat: 21_000, differences: [] },
    });
    const ready = await server.wallet.get('/readyz');
    expect([ready.status, ready.body]).toEqual([
      200,
      { status: 'ok', store: 'ok', node: 'ok', ledger: 'agrees' },
    ]);
  });

  it('that differs stays ready for payments, and knows it again after a restart', async () => {
    using folder = tempFolder();
    const databasePath = join(folder.path, 'boltgate.db');
    {
      await using first = await start({ databasePath });
      await first.operator.post('/api/v1/reconcile');
    }
    await tamper(databasePath);

    await using server = await start({ databasePath });
    const ready = await until(
      async () => await server.wallet.get('/readyz'),
      ({ body }) => body.ledger !== 'unchecked',
    );
    const order = await orderFrom(server, (await makeLink(server)).url);
    await pay(server, order);

    expect([ready.status, ready.body.ledger]).toEqual([200, 'differs']);
    expect((await settled(server, order)).settled).toBe(true);
    const gift = await server.operator.post('/api/v1/withdraw-links').send({
      ...{ description: 'A gift', minMsat: 21_000, maxMsat: 21_000, uses: 1 },
    });
    expect(gift.status).toBe(201);
    const heard = await server.wallet.get(server.local(gift.body.url));
    expect(heard.body).toEqual({
      status: 'ERROR',
      reason: 'Withdraws are stopped at the moment, try again later',
    });
  });
});

/** Somebody has changed the books behind our back. */
async function tamper(databasePath: string): Promise<void> {
  await using sql = await openSqlite(databasePath);
  await sql.query("update accounts set balance_msat = balance_msat - 7 where id = 'treasury'");
}
