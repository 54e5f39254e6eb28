import { describe, expect, it } from '@jest/globals';
import { start } from '../support/start.ts';
import { until } from '../support/wallet.ts';

describe('what a supervisor asks', () => {
  it('is answered while all is well, and never kept', async () => {
    await using server = await start();

    const live = await server.wallet.get('/healthz');
    const ready = await server.wallet.get('/readyz');

    expect([live.status, live.body]).toEqual([200, { status: 'ok' }]);
    expect([ready.status, ready.body]).toMatchObject([
      200,
      { status: 'ok', store: 'ok', node: 'ok' },
    ]);
    expect([live, ready].map(({ headers }) => headers['cache-control'])).toEqual([
      'no-store',
      'no-store',
    ]);
  });

  it('names the node when that has been silent for a minute, and is well again with it', async () => {
    await using server = await start();
    const ask = async () => {
      server.clock.advance(2_000);
      return await server.wallet.get('/readyz');
    };
    server.network.faults.goDown();

    const down = await until(ask, ({ status }) => status === 503);
    const live = await server.wallet.get('/healthz');
    server.network.faults.comeBack();
    const up = await until(ask, ({ status }) => status === 200);

    expect(down.body).toMatchObject({ status: 'unavailable', store: 'ok', node: 'unreachable' });
    expect(live.status).toBe(200);
    expect(up.body).toMatchObject({ status: 'ok', node: 'ok' });
  });
});
