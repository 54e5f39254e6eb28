import type { Config } from '../../config/config.ts';
import { decodeBolt11 } from '../../lightning/bolt11/decode.ts';
import { type Check, ok, warn } from './check.ts';
import type { DataFindings } from './data.ts';

/** LND writes whole seconds, and an answer takes its time. */
const TOLERATED_MS = 10_000;

/**
 * The node's clock against ours. LND tells its time in what it makes alone, so the newest invoice is
 * looked at: when it was made by the node's clock, and when we wrote it down. Before the first one
 * there is only the clock of whoever answers at the public address.
 */
export function checkClock(
  { node }: Config,
  newest: DataFindings['newestInvoice'],
  publicDate: number | undefined,
  now: number,
): readonly Check[] {
  if (node.kind === 'demo') return [];
  const madeAt = newest && timeIn(newest.bolt11);
  if (newest && madeAt !== undefined) {
    const what = `when the newest invoice was made, ${new Date(newest.createdAt).toISOString()}`;
    return [told(newest.createdAt - madeAt, 'the node', what)];
  }
  if (publicDate !== undefined) {
    const what = 'now; no invoice tells of the node yet';
    return [told(now - publicDate, 'the public address', what)];
  }
  return [ok('clock', 'cannot be compared before the first invoice')];
}

function told(differenceMs: number, whose: string, when: string): Check {
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  const finding = `${seconds} s from the one of ${whose} ${when}`;
  if (Math.abs(differenceMs) <= TOLERATED_MS) return ok('clock', finding);
  return warn('clock', finding, 'let both machines keep the time by NTP');
}

function timeIn(bolt11: string): number | undefined {
  try {
    return decodeBolt11(bolt11, { verifySignature: false }).createdAt;
  } catch {
    return undefined;
  }
}
