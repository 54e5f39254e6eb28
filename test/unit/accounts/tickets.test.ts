import { describe, expect, it } from '@jest/globals';
import { AlreadyAnswered } from '../../../src/accounts/receipt.ts';
import { Tickets } from '../../../src/accounts/tickets.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../../src/store/migrate.ts';
import { SqlReceipts } from '../../../src/store/receipts.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { SqlTickets } from '../../../src/store/tickets.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { seededRandom } from '../../support/seeded-random.ts';

describe('tickets', () => {
  it('say whose they were, once', async () => {
    await using started = await start();
    const { ticket } = await started.tickets.issue('key_a', 'events');

    const uses = await Promise.all([
      started.tickets.use(ticket, 'events'),
      started.tickets.use(ticket, 'events'),
    ]);

    expect(uses).toEqual(['key_a', undefined]);
  });

  it('live for 60 s less a moment', async () => {
    await using started = await start();
    const { tickets, clock } = started;
    const [soon, late] = [
      await tickets.issue('key_a', 'events'),
      await tickets.issue('key_a', 'events'),
    ];

    clock.advance(59_999);
    const first = await tickets.use(soon.ticket, 'events');
    clock.advance(1);
    const second = await tickets.use(late.ticket, 'events');

    expect([first, second, soon.expiresAt]).toEqual(['key_a', undefined, clock.now()]);
  });

  it('open what they were made for and nothing else (FC-28)', async () => {
    await using started = await start();
    const { tickets } = started;
    const { ticket } = await tickets.issue('key_a', 'print/wb_a');

    const elsewhere = [
      await tickets.use(ticket, 'events'),
      await tickets.use(ticket, 'print/wb_b'),
      await tickets.use(`wb_a/${ticket}`, 'print/'),
    ];

    expect(elsewhere).toEqual([undefined, undefined, undefined]);
    expect(await tickets.use(ticket, 'print/wb_a')).toBe('key_a');
  });

  it.each([[''], ['unknown'], ['\u0000']])('are not made up: %j', async (ticket) => {
    await using started = await start();

    expect(await started.tickets.use(ticket, 'events')).toBeUndefined();
  });

  it('are not made when their answer was given already (FC-31)', async () => {
    await using started = await start();
    const receipt = {
      ...{ apiKeyId: 'key_a', key: 'one', requestHash: 'h', status: 201, body: 'b' },
      createdAt: started.clock.now(),
    };
    await started.receipts.add(receipt);

    const again = started.tickets.issue('key_a', 'events', () => receipt);

    await expect(again).rejects.toBeInstanceOf(AlreadyAnswered);
    expect(await started.sql.query('select * from event_tickets')).toEqual([]);
  });
});

async function start() {
  const clock = new ManualClock();
  const sql = await openSqlite(':memory:');
  await migrate(sql, MIGRATIONS_FOLDER, clock);
  const store = new SqlTickets(sql);
  return {
    sql,
    clock,
    receipts: new SqlReceipts(sql),
    tickets: new Tickets({ store, clock, random: seededRandom('tickets') }),
    [Symbol.asyncDispose]: async () => await sql.close(),
  };
}
