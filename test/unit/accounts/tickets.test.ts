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
    const { ticket } = await started.tickets.issue('key_a');

    const uses = await Promise.all([started.tickets.use(ticket), started.tickets.use(ticket)]);

    expect(uses).toEqual(['key_a', undefined]);
  });

  it('live for 60 s less a moment', async () => {
    await using started = await start();
    const { tickets, clock } = started;
    const [soon, late] = [await tickets.issue('key_a'), await tickets.issue('key_a')];

    clock.advance(59_999);
    const first = await tickets.use(soon.ticket);
    clock.advance(1);
    const second = await tickets.use(late.ticket);

    expect([first, second, soon.expiresAt]).toEqual(['key_a', undefined, clock.now()]);
  });

  it.each([[''], ['unknown'], ['\u0000']])('are not made up: %j', async (ticket) => {
    await using started = await start();

    expect(await started.tickets.use(ticket)).toBeUndefined();
  });

  it('are not made when their answer was given already (FC-31)', async () => {
    await using started = await start();
    const receipt = {
      ...{ apiKeyId: 'key_a', key: 'one', requestHash: 'h', status: 201, body: 'b' },
      createdAt: started.clock.now(),
    };
    await started.receipts.add(receipt);

    const again = started.tickets.issue('key_a', () => receipt);

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
