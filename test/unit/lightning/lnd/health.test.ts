import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../../../src/clock.ts';
import type { LndNode } from '../../../../src/lightning/lnd/lnd-node.ts';
import type { NodeHealthKind } from '../../../../src/lightning/node.ts';
import { NodeFacts } from '../../../../src/lightning/node-facts.ts';
import { getInfo, inline, MACAROON, startLnd } from '../../../support/lnd-node.ts';
import { FakeLnd, type Heard, LndStatus } from '../../../support/lnd-server.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { selfMadeCertificate } from '../../../support/wallet-certificate.ts';

/** What a supervisor has to wait for at most, and what a shared machine adds to it. */
const SOON_MS = 10_000;
jest.setTimeout(30_000);
const REFUSED = 'verification failed: signature mismatch after caveat verification';

describe('LND: how it does', () => {
  it('is starting until it has answered, and then ok', async () => {
    await using started = await startLnd();
    const first = started.node.health.kind;

    await untilKind(started.node, 'ok');

    expect(first).toBe('starting');
    expect(started.node.health).toEqual({
      ...{ state: 'active', kind: 'ok', words: undefined, macaroons: [] },
    });
  });

  it.each<[string, NodeHealthKind]>([
    ['NON_EXISTING', 'locked'],
    ['LOCKED', 'locked'],
    ['UNLOCKED', 'starting'],
    ['RPC_ACTIVE', 'starting'],
    ['WAITING_TO_START', 'starting'],
  ])('is for state %s the word %s, until it is active', async (state, kind) => {
    const lnd = await FakeLnd.start();
    lnd.state = state;
    await using started = await startLnd({ lnd });
    await until(started.node, () => started.node.health.state === 'starting');
    const before = started.node.health.kind;

    lnd.become('SERVER_ACTIVE');
    await untilKind(started.node, 'ok');

    expect(before).toBe(kind);
  });

  it('is syncing while the chain is not known, and is said so once', async () => {
    await using started = await startLnd();
    const { lnd, node, log } = started;
    await untilKind(node, 'ok');
    lnd.answers('GetInfo', () => getInfo({ synced_to_chain: false }));

    await untilKind(node, 'syncing');
    const { words } = node.health;
    lnd.answers('GetInfo', () => getInfo());
    await untilKind(node, 'ok');

    expect(words).toBe('LND is not synced to its chain yet');
    const told = log.lines.filter(({ message }) => /not ready|well again/.test(message));
    expect(told.map(({ message }) => message)).toEqual(['LND is not ready', 'LND is well again']);
  });

  it('is unreachable as soon as its process is gone, and ok soon after it is back', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    await untilKind(node, 'ok');

    await lnd.die();
    await untilKind(node, 'unreachable');
    await lnd.comeBack();

    await untilKind(node, 'ok');
  });

  it('is unreachable while it is connected and silent', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    await untilKind(node, 'ok');
    lnd.answers('GetInfo', async () => await new Promise(() => undefined));

    await untilKind(node, 'unreachable');

    expect(node.health.state).toBe('active');
    expect(node.health.words).toBe('LND is connected and does not answer');
  });

  it('is ok again only when calls are made again, too', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    await untilKind(node, 'ok');
    const silence = async (): Promise<object> => await new Promise(() => undefined);
    for (const name of ['GetInfo', 'DecodePayReq']) lnd.answers(name, silence);
    const ask = async (ms: number) =>
      await node.decodeInvoice('lnbcrt1', AbortSignal.timeout(ms)).catch(({ code }) => code);
    await untilKind(node, 'unreachable');
    await Promise.all([ask(1_600), ask(1_600), ask(1_600), ask(1_600)]);
    const before = await ask(1_600);
    lnd.answers('GetInfo', () => getInfo());
    lnd.answers('DecodePayReq', () => {
      throw new LndStatus(2, 'checksum failed. Expected abc, got def.');
    });

    await untilKind(node, 'ok');

    expect(before).toBe('node-unavailable');
    expect(await ask(1_600)).toBe('invoice-unacceptable');
  });

  it.each([
    ['another authority', ['localhost'], undefined],
    ['another name', ['lnd.example'], undefined],
  ])('is a matter of the certificate when that is of %s', async (what, names) => {
    const lnd = await FakeLnd.start({ certificate: selfMadeCertificate(names) });
    const stranger = inline(selfMadeCertificate(['localhost']).cert);
    const settings = what === 'another authority' ? { cert: stranger } : {};
    await using started = await startLnd({ lnd, settings });

    await untilKind(started.node, 'certificate');

    expect(lnd.heard).toEqual([]);
  });

  it('is a matter of the certificate when its file cannot be read', async () => {
    const cert = { kind: 'file', path: '/nonexistent/tls.cert' } as const;
    await using started = await startLnd({ settings: { cert } });

    await untilKind(started.node, 'certificate');
  });
});

describe('LND: the macaroons as part of its health', () => {
  it('are asked for one by one, and one for everything once', async () => {
    const [receive, pay] = ['0201aa', '0201bb'].map(inline);
    await using two = await startLnd({
      settings: { macaroons: { receive, pay, channel: undefined } },
    });
    await using one = await startLnd();

    await Promise.all([untilKind(two.node, 'ok'), untilKind(one.node, 'ok')]);

    const carried = (lnd: FakeLnd): unknown => lnd.heardOf('GetInfo').map((call) => call.macaroon);
    expect(carried(two.lnd)).toEqual(['0201aa', '0201bb']);
    expect(carried(one.lnd)).toEqual([MACAROON]);
  });

  it('are refused although nobody pays, and good again when the file is replaced (FC-21)', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'pay.macaroon');
    await writeFile(path, Buffer.from('0201bb', 'hex'));
    const pay = { kind: 'file', path } as const;
    const macaroons = { receive: inline(MACAROON), pay, channel: undefined };
    await using started = await startLnd({ settings: { macaroons } });
    const { lnd, node } = started;
    await untilKind(node, 'ok');

    lnd.answers('GetInfo', ({ macaroon }) => refuseBut(macaroon, [MACAROON, '0201cc']));
    await untilKind(node, 'macaroon');
    const { words } = node.health;
    await writeFile(path, Buffer.from('0201cc', 'hex'));
    await untilKind(node, 'ok');

    expect(words).toBe(`LND refuses the pay macaroon: ${REFUSED}`);
    expect(node.health.macaroons).toEqual([]);
  });

  it('are a trouble when the file of one cannot be read, until it can', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'pay.macaroon');
    const pay = { kind: 'file', path } as const;
    const macaroons = { receive: inline(MACAROON), pay, channel: undefined };
    await using started = await startLnd({ settings: { macaroons } });
    await untilKind(started.node, 'macaroon');
    const { words } = started.node.health;

    await writeFile(path, Buffer.from('0201cc', 'hex'));
    await untilKind(started.node, 'ok');
    await rm(path);

    expect(words).toBe(`the macaroon in ${path} cannot be read (ENOENT)`);
  });

  it('need not all know who the node is, as long as one does', async () => {
    const [receive, pay] = ['0201aa', '0201bb'].map(inline);
    const lnd = await FakeLnd.start();
    await using started = await startLnd({
      ...{ lnd, settings: { macaroons: { receive, pay, channel: undefined } } },
    });
    lnd.answers('GetInfo', ({ macaroon }) => {
      if (macaroon === '0201aa') throw new LndStatus(2, 'permission denied');
      return getInfo();
    });

    await until(started.node, () => started.node.health.macaroons.length > 0);
    await untilKind(started.node, 'ok');

    expect(started.node.health.macaroons).toMatchObject([{ flow: 'receive', kind: 'lacks-right' }]);
  });

  it('are a trouble when a payment may not be sent, although the node lets them in', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    await untilKind(node, 'ok');
    lnd.streams('TrackPaymentV2', (stream) => stream.fail(2, 'permission denied'));

    await node.trackPayment('ab'.repeat(32) as never).catch(() => undefined);
    await lnd.untilHeard('GetInfo', lnd.heardOf('GetInfo').length + 2);

    expect(node.health).toMatchObject({
      kind: 'macaroon',
      words: 'LND refuses the pay macaroon: permission denied',
    });
  });

  it('make us ready also when all that we may do is to open channels', async () => {
    const macaroons = { receive: undefined, pay: undefined, channel: inline(MACAROON) };
    await using started = await startLnd({ settings: { macaroons } });
    await using facts = new NodeFacts(started.node, systemClock);
    await facts.start();

    await untilKind(started.node, 'ok');

    expect([facts.health, facts.info?.alias, facts.balance]).toEqual(['ok', 'alice', undefined]);
    expect(started.lnd.heardOf('ChannelBalance')).toEqual([]);
  });
});

function refuseBut(macaroon: Heard['macaroon'], good: readonly string[]): object {
  if (macaroon !== undefined && good.includes(macaroon)) return getInfo();
  throw new LndStatus(2, REFUSED);
}

async function untilKind(node: LndNode, kind: NodeHealthKind): Promise<void> {
  await until(node, () => node.health.kind === kind);
}

/** Health is told by nobody, so it is looked at until it is as wanted. */
async function until(node: LndNode, isSo: () => boolean): Promise<void> {
  const endsAt = performance.now() + SOON_MS;
  while (!isSo()) {
    if (performance.now() > endsAt) throw new Error(`still ${JSON.stringify(node.health)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
