// A process that uses a demo network until it is killed: its customer pays one invoice after the
// other, and each is told after the network said that it was paid.
import { systemClock } from '../../src/clock.ts';
import { descriptionHashOf } from '../../src/hex.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import { msat } from '../../src/msat.ts';
import { systemRandom } from '../../src/random.ts';

const [journalPath] = process.argv.slice(2);
if (journalPath === undefined) throw new Error('usage: demo-child.ts <journal>');

const seed = Buffer.alloc(32, 1);
const network = new DemoNetwork({ seed, clock: systemClock, random: systemRandom, journalPath });
const request = {
  amount: msat(1000n),
  descriptionHash: descriptionHashOf('a coffee'),
  expirySeconds: 3_600,
  memo: '',
};
for (;;) {
  const { bolt11, paymentHash } = await network.ours.createInvoice(request);
  await network.customer.pay(bolt11, { maxFee: msat(10_000n), timeoutMs: 1_000 });
  process.stdout.write(`${paymentHash}\n`);
}
