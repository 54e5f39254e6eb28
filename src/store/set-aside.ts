import type { WithdrawBatch } from '../accounts/withdraw-batch.ts';
import type { NewWithdrawLinks } from '../accounts/withdraw-link-store.ts';
import { msat } from '../msat.ts';
import { move, SET_ASIDE } from '../payments/ledger.ts';
import { book } from './ledger.ts';
import type { Queries } from './sql.ts';

// FC-17: the money of funded links, from the day they are made until they end.

/** FC-17: the money of funded links leaves their account before anybody hears of them. */
export async function setAside(
  tx: Queries,
  { alike, names }: NewWithdrawLinks,
  batch: WithdrawBatch | undefined,
): Promise<void> {
  const reference = batch?.id ?? names[0]?.id;
  const sum = (alike.setAside ?? 0n) * BigInt(names.length);
  if (reference === undefined || sum === 0n) return;
  await book(tx, {
    id: `tr_set-aside_${bare(reference)}`,
    kind: 'set-aside',
    reference,
    note: undefined,
    entries: move(alike.accountId, SET_ASIDE, msat(sum)),
    createdAt: alike.createdAt,
  });
}

/** Ends a link: what is still set aside for it goes back to its account. Open claims keep theirs. */
export async function setBack(tx: Queries, id: string, now: number): Promise<void> {
  const [link] = await tx.query<{ account_id: string; set_aside_msat: bigint | null }>(
    'select account_id, set_aside_msat from withdraw_links where id = $1 and ended_at is null',
    [id],
  );
  if (!link) return;
  await tx.query(
    `update withdraw_links
        set ended_at = $2, set_aside_msat = case when set_aside_msat is null then null else 0 end
      where id = $1`,
    [id, now],
  );
  await book(tx, {
    id: `tr_set-back_${bare(id)}`,
    kind: 'set-back',
    reference: id,
    note: undefined,
    entries: move(SET_ASIDE, link.account_id, msat(link.set_aside_msat ?? 0n)),
    createdAt: now,
  });
}

/** false when the link has ended and nothing is set aside for it any more. */
export async function returnToLink(tx: Queries, linkId: string, amount: bigint): Promise<boolean> {
  const rows = await tx.query(
    `update withdraw_links set set_aside_msat = set_aside_msat + $2
      where id = $1 and set_aside_msat is not null and ended_at is null
     returning id`,
    [linkId, amount],
  );
  return rows.length > 0;
}

function bare(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}
