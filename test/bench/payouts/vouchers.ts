import type { Row } from '../comparison.ts';
import { median } from '../figures.ts';
import { BENCH_TERMS, openBenchStore } from './bench-store.ts';

const COUNT = 10_000;
const AIM_SECONDS = 2;

/** How long it takes until ten thousand vouchers are durably there. */
export async function benchVouchers(rounds: number, tell: (line: string) => void): Promise<Row[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await using store = await openBenchStore();
    const startedAt = performance.now();
    await store.links.createBatch(BENCH_TERMS, COUNT, false);
    times.push((performance.now() - startedAt) / 1000);
  }
  const seconds = median(times);
  const verdict = seconds < AIM_SECONDS ? 'met' : 'MISSED';
  tell(`${COUNT} vouchers made in ${seconds.toFixed(2)} s; aim ${AIM_SECONDS} s: ${verdict}`);
  return [
    {
      name: `${COUNT} vouchers`,
      ours: Number(seconds.toFixed(2)),
      peer: AIM_SECONDS,
      peerName: 'aim',
      ratio: Number((seconds / AIM_SECONDS).toFixed(2)),
      unit: 's',
    },
  ];
}
