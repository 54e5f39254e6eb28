import { systemClock } from '../../src/clock.ts';
import { LndNode } from '../../src/lightning/lnd/lnd-node.ts';
import { KeptLog } from '../support/lnd-node.ts';
import { RegtestNetwork } from './network/network.ts';
import { msat } from '../../src/msat.ts';
import { descriptionHashOf, hexToBytes } from '../../src/hex.ts';

await using network = await RegtestNetwork.start();
const { alice } = network.nodes;
const log = new KeptLog();
const macaroon = { kind: 'file', path: alice.macaroonPath } as const;
const mk = (hints: 'auto' | 'never') => new LndNode({
  settings: { host: alice.host, tlsName: undefined, cert: { kind: 'file', path: alice.certPath }, macaroons: { receive: macaroon, pay: macaroon, channel: macaroon } },
  hints, paySelf: false, clock: systemClock, log,
});
await using auto = mk('auto');
await using never = mk('never');
const req = { amount: msat(1000n), descriptionHash: descriptionHashOf('x'), expirySeconds: 600, memo: 'm' };
const raw = { memo: 'm', value_msat: '1000', description_hash: Buffer.from(hexToBytes(req.descriptionHash)), expiry: '600' };
const ways: [string, () => Promise<unknown>][] = [
  ['raw', async () => await alice.client.call('lnrpc.Lightning/AddInvoice', raw as never)],
  ['never', async () => await never.createInvoice(req)],
  ['auto', async () => await auto.createInvoice(req)],
];
for (const round of [1, 2]) for (const width of [1, 16]) for (const [name, way] of ways) {
  const t = performance.now(); const c = process.cpuUsage(); let n = 0;
  await Promise.all(Array.from({ length: width }, async () => { while (performance.now() - t < 2500) { await way(); n++; } }));
  const u = process.cpuUsage(c);
  console.log(round, name, width, Math.round(n / 2.5), 'per s; cpu per call µs', Math.round((u.user + u.system) / n));
}
