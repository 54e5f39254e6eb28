import type { Row } from './comparison.ts';
import { load } from './load.ts';
import { CONNECTIONS } from './rounds.ts';
import { startBoltgate } from './servers.ts';

export interface MemoryPlan {
  /** Before the first look, so that caches, compiled code and the heap have found their size. */
  readonly warmUpRequests: number;
  readonly requests: number;
}

const LOOKS = 10;

/** Asks for the same information a million times, and looks at the memory of the server meanwhile. */
export async function runMemory(plan: MemoryPlan, tell: (line: string) => void): Promise<Row[]> {
  await using running = await startBoltgate();
  const ask = async (requests: number) =>
    await load({
      ...{ port: running.port, ...running.calls.info, connections: CONNECTIONS.info },
      requests,
    });
  await ask(plan.warmUpRequests);
  const before = running.server.residentMib;
  tell(
    `after ${plan.warmUpRequests} information calls to warm up: ${before.toFixed(1)} MiB resident`,
  );
  for (let look = 1; look <= LOOKS; look += 1) {
    await ask(plan.requests / LOOKS);
    const done = (plan.requests / LOOKS) * look;
    tell(`${String(done).padStart(10)} more: ${running.server.residentMib.toFixed(1)} MiB`);
  }
  const after = running.server.residentMib;
  tell(`difference: ${(after - before).toFixed(1)} MiB`);
  return [
    {
      name: `memory after ${plan.requests} information calls`,
      ours: Number(after.toFixed(1)),
      peer: Number(before.toFixed(1)),
      peerName: 'boltgate before them',
      ratio: Number((after / before).toFixed(2)),
      unit: 'MiB resident',
    },
  ];
}
