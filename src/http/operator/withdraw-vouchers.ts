import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WithdrawLink } from '../../accounts/withdraw-link.ts';
import type { WithdrawLinks } from '../../accounts/withdraw-links.ts';

/** Vouchers read at once; between two pages others are served. */
const PAGE = 200;

/** Every voucher of a batch, in the order of its list, read as it is wanted. */
export async function* everyVoucher(
  withdrawLinks: Pick<WithdrawLinks, 'vouchers'>,
  batchId: string,
): AsyncGenerator<WithdrawLink> {
  let after: string | undefined;
  for (;;) {
    const page = await withdrawLinks.vouchers(batchId, PAGE, after);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.id;
    await nextTurn();
  }
}
