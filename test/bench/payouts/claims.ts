import type { Row } from '../comparison.ts';
import { median } from '../figures.ts';
import { BENCH_TERMS, openBenchStore } from './bench-store.ts';

export interface ClaimsPlan {
  readonly rounds: number;
  readonly measureMs: number;
}

const AT_ONCE = 64;
const AIM = 5;
const WARM_UP_SHARE = 0.3;

/** Durable claims a second, many at once: those that wait share a commit, beside a commit for each. */
export async function benchClaims(plan: ClaimsPlan, tell: (line: string) => void): Promise<Row[]> {
  const shared: number[] = [];
  const single: number[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    shared.push(await claimsPerSecond(plan.measureMs));
    single.push(await claimsPerSecond(plan.measureMs, 1));
  }
  const [ours, peer] = [median(shared), median(single)];
  const ratio = ours / peer;
  tell(`durable claims, ${AT_ONCE} at once, SQLite with synchronous=FULL`);
  tell(`  one commit for all that wait  ${ours.toFixed(0)}/s`);
  tell(`  one commit for each           ${peer.toFixed(0)}/s`);
  tell(`  ratio ${ratio.toFixed(2)}; aim ${AIM}: ${ratio >= AIM ? 'met' : 'MISSED'}`);
  return [
    {
      name: `durable claims, ${AT_ONCE} at once`,
      ours: Math.round(ours),
      peer: Math.round(peer),
      peerName: 'one commit per claim',
      ratio: Number(ratio.toFixed(2)),
      unit: 'claims/s',
    },
  ];
}

async function claimsPerSecond(measureMs: number, maxTransactions?: number): Promise<number> {
  await using store = await openBenchStore(
    maxTransactions === undefined ? {} : { maxTransactions },
  );
  // Each at once has a voucher of its own, as claims in the field do.
  const links = await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const { link } = await store.links.create({ ...BENCH_TERMS, uses: 1_000_000 }, false);
      return link.id;
    }),
  );
  const claimUntil = async (endsAt: number): Promise<number> => {
    const counts = links.map(async (id) => {
      let count = 0;
      for (; performance.now() < endsAt; count += 1) await store.claim(id);
      return count;
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  };
  await claimUntil(performance.now() + measureMs * WARM_UP_SHARE);
  const startedAt = performance.now();
  const claimed = await claimUntil(startedAt + measureMs);
  return (claimed / (performance.now() - startedAt)) * 1000;
}
