import { describe, expect, it } from '@jest/globals';
import { API_KEY, startOperatorApi } from '../support/operator-api.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { standIn } from './stand-in.ts';
import { terminal } from './terminal.ts';

describe('webhook …', () => {
  it('is made, told of events, looked at, turned off and on, and sent again', async () => {
    await using server = await startOperatorApi();
    server.couriers.start();
    const heard: (() => void)[] = [];
    await using shop = await standIn(() => {
      heard.shift()?.();
      return {};
    });
    const next = async () => await new Promise<void>((resolve) => heard.push(resolve));
    const env = { BOLTGATE_URL: server.origin, BOLTGATE_ADMIN_KEY: API_KEY };
    const type = terminal({ env, random: seededRandom('webhooks') });

    const made = await type('webhook', 'create', shop.origin, '--event', 'link.created');
    const id = /^id +(wh_\w+)$/m.exec(made.out)?.[1] ?? '';
    const first = next();
    await type('pay-link', 'create', '--min', '1', '--max', '9', '--description', 'Coffee');
    await first;
    const off = await type('webhook', 'disable', id);
    const on = await type('webhook', 'enable', id);
    const second = next();
    const replayed = await type('webhook', 'replay', id, '--after', '0');
    await second;
    const rotated = await type('webhook', 'rotate', id);
    const listed = await type('webhook', 'list');
    const deliveries = await type('webhook', 'deliveries', id);

    expect(made.out).toMatch(/^secret +whsec_\S{44}$/m);
    expect([off.out, on.out].map((out) => /^state +(\w+)$/m.exec(out)?.[1])).toEqual([
      'disabled',
      'open',
    ]);
    expect([replayed.code, rotated.code]).toEqual([0, 0]);
    expect(rotated.out).toMatch(/^secret +whsec_/m);
    expect(listed.out).toContain(shop.origin);
    expect(deliveries.out).toMatch(/1 {2}link\.created {2}delivered/);
  });
});
