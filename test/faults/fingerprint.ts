import { short } from './simulated-node.ts';
import type { Wallets } from './wallets.ts';
import type { World } from './world.ts';

interface Row {
  readonly id: string;
  readonly payment_hash: string;
  readonly state: string;
  readonly reason: string | null;
  readonly sends_started: bigint;
  readonly sends_closed: bigint;
  readonly ambiguous_at: bigint | null;
  readonly known_at: bigint | null;
}

/**
 * Everything on which the future of a run depends, without the names and the milliseconds that differ
 * from one order to another: two runs with the same fingerprint can go on in the same ways.
 */
export function fingerprintOf(world: World, wallets: Wallets, counts: readonly number[]): string {
  const { database, node, service, steps } = world;
  const rows = database.all<Row>(
    `select id, payment_hash, state, reason, sends_started, sends_closed, ambiguous_at, known_at
       from withdrawals order by payment_hash, created_at, id`,
  );
  const names = rows.map(({ id, payment_hash }): [string, string] => [id, short(payment_hash)]);
  const links = database.all<{ uses_taken: bigint; uses_paid: bigint; taken_msat: bigint }>(
    'select uses_taken, uses_paid, taken_msat from withdraw_links order by created_at, id',
  );
  const downAt = service?.node.contact.downAt ?? -1;
  return [
    ...rows.map((row) => textOf(row, downAt)),
    ...links.map((link) => Object.values(link).join(' ')),
    ...node.payments.map(({ invoice, state, htlc, fee }) => {
      return `${short(invoice.paymentHash)} ${state} ${htlc} ${fee}`;
    }),
    ...wallets.claims.map(({ said, calls }) => `${said} ${calls}`),
    ...steps.waiting.map(({ label }) => plain(label, names)).sort(),
    ...[...(service?.node.told ?? [])].map((entry) => entry.join(' ')).sort(),
    `${node.process !== undefined} ${service?.moneyOut.continuity.isFresh} ${counts}`,
  ].join('\n');
}

function textOf(row: Row, downAt: number): string {
  const { payment_hash, state, reason, sends_started, sends_closed, ambiguous_at, known_at } = row;
  const doubt = ambiguous_at === null ? 'none' : Number(ambiguous_at) < downAt ? 'over' : 'open';
  return [
    ...[short(payment_hash), state, reason, sends_started, sends_closed, doubt],
    known_at !== null,
  ].join(' ');
}

function plain(label: string, names: readonly [string, string][]): string {
  let text = label.replace(/\b\d{13}\b/g, 'a moment');
  for (const [id, name] of names) text = text.replaceAll(id, name);
  return text;
}
