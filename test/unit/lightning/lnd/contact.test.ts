import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { LndNode } from '../../../../src/lightning/lnd/lnd-node.ts';
import { inline, MACAROON, startLnd } from '../../../support/lnd-node.ts';
import { FakeLnd, LndStatus } from '../../../support/lnd-server.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { selfMadeCertificate } from '../../../support/wallet-certificate.ts';

const WITHIN_MS = 15_000;

describe('LND: the contact', () => {
  it('counts each time that contact is made or lost', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    const before = node.contact.epoch;
    await node.info();
    const made = node.contact.epoch;

    await lnd.die();
    await until(node, () => node.contact.epoch > made);
    const lost = node.contact.epoch;
    await lnd.comeBack();
    await untilState(node, 'active');

    expect([made, lost, node.contact.epoch]).toEqual([before + 1, before + 2, before + 3]);
  });

  it('answers at once while nobody listens, and proves nothing by that', async () => {
    const lnd = await FakeLnd.start();
    await lnd.die();
    await using started = await startLnd({ lnd });
    await untilState(started.node, 'unreachable');
    const askedAt = performance.now();

    const info = started.node.info();

    await expect(info).rejects.toMatchObject({ name: 'NodeError', code: 'node-unavailable' });
    expect(performance.now() - askedAt).toBeLessThan(500);
    expect(started.node.contact.downAt).toBeUndefined();
    expect(started.node.health).toEqual({
      ...{ state: 'unreachable', kind: 'unreachable', macaroons: [] },
      words: `nobody listens at ${lnd.host}`,
    });
  });

  it.each([
    ['LOCKED', 'the wallet of LND is locked; unlock it'],
    ['UNLOCKED', 'LND is starting: its wallet is being opened'],
    ['RPC_ACTIVE', 'LND is starting: it waits for its chain backend'],
  ])('asks nothing of an LND that is %s, which has surely been started', async (state, words) => {
    const lnd = await FakeLnd.start();
    lnd.state = state;
    const startedAt = Date.now();
    await using started = await startLnd({ lnd });
    const { node } = started;
    await untilState(node, 'starting');

    const info = node.info();

    await expect(info).rejects.toMatchObject({ name: 'NodeError', code: 'node-unavailable' });
    expect(node.health.words).toBe(words);
    expect(node.contact.downAt).toBeGreaterThanOrEqual(startedAt);
    expect(lnd.heardOf('GetInfo')).toEqual([]);

    lnd.become('SERVER_ACTIVE');
    await untilState(node, 'active');
    expect((await node.info()).alias).toBe('alice');
  });

  it.each(['NON_EXISTING', 'WAITING_TO_START', '77'])(
    'takes state %s for no proof of a start',
    async (state) => {
      const lnd = await FakeLnd.start();
      lnd.state = state;
      await using started = await startLnd({ lnd });

      await untilState(started.node, 'starting');

      expect(started.node.contact.downAt).toBeUndefined();
    },
  );

  it('lets go of a call when its connection is lost, and makes a read again', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.answers('DecodePayReq', async () => await new Promise(() => undefined));
    const read = node.decodeInvoice('lnbcrt1');
    await lnd.untilHeard('DecodePayReq');

    await lnd.die();
    lnd.answers('DecodePayReq', () => {
      throw new LndStatus(2, 'checksum failed. Expected abc, got def.');
    });
    await lnd.comeBack();

    await expect(read).rejects.toMatchObject({ code: 'invoice-unacceptable' });
    expect(lnd.heardOf('DecodePayReq')).toHaveLength(2);
  });

  it('answers at once after some calls that nobody answered', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    await node.info();
    lnd.answers('DecodePayReq', async () => await new Promise(() => undefined));
    const patience = (): AbortSignal => AbortSignal.timeout(1_600);
    const ask = async (): Promise<unknown> =>
      await node.decodeInvoice('lnbcrt1', patience()).catch((error) => error);
    const silent = await Promise.all([ask(), ask(), ask(), ask()]);
    const askedAt = performance.now();

    const refused = await ask();

    expect(silent).toEqual(Array.from({ length: 4 }, () => like('node-timeout')));
    expect(refused).toEqual(like('node-unavailable'));
    expect(performance.now() - askedAt).toBeLessThan(500);
    expect(lnd.heardOf('DecodePayReq')).toHaveLength(4);
  });

  it('ends its calls and its waiting when it is disposed of', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.streams('SubscribeInvoices', () => undefined);
    const watching = node.watchInvoices(new AbortController().signal);
    const next = watching[Symbol.asyncIterator]().next();
    next.catch(() => undefined);
    await lnd.untilHeard('SubscribeInvoices');

    await node[Symbol.asyncDispose]();

    await expect(node.info()).rejects.toMatchObject({ code: 'node-unavailable' });
    await expect(next).rejects.toMatchObject({ code: 'node-unavailable' });
  });
});

describe('LND: the certificate', () => {
  it('says which names there are when the host has another (FC-22)', async () => {
    const lnd = await FakeLnd.start({ certificate: selfMadeCertificate(['lnd.example', 'lnd2']) });
    await using started = await startLnd({ lnd });

    await untilState(started.node, 'unreachable');

    expect(started.node.health.words).toBe(
      `the certificate of ${lnd.host} is for lnd.example, lnd2, not for localhost; ` +
        'set BOLTGATE_LND_TLS_NAME to one of its names',
    );
  });

  it('expects the name that it is told (FC-22)', async () => {
    const lnd = await FakeLnd.start({ certificate: selfMadeCertificate(['lnd.example']) });
    await using started = await startLnd({ lnd, settings: { tlsName: 'lnd.example' } });

    expect((await started.node.info()).alias).toBe('alice');
  });

  it('takes no other certificate than the one it was given', async () => {
    const cert = inline(selfMadeCertificate(['localhost']).cert);
    await using started = await startLnd({ settings: { cert } });

    await untilState(started.node, 'unreachable');

    expect(started.node.health.words).toBe(
      `${started.lnd.host} shows another certificate than the one in BOLTGATE_LND_CERT; ` +
        'copy tls.cert again',
    );
    expect(started.lnd.heard).toEqual([]);
  });

  it('takes no certificate of its own making for a public one', async () => {
    await using started = await startLnd({ settings: { cert: undefined } });

    await untilState(started.node, 'unreachable');

    expect(started.lnd.heard).toEqual([]);
  });

  it('reads the file again for each connection, for LND makes a new one at times', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'tls.cert');
    const lnd = await FakeLnd.start();
    await writeFile(path, lnd.certificate.cert);
    await using started = await startLnd({ lnd, settings: { cert: { kind: 'file', path } } });
    await started.node.info();
    const renewed = selfMadeCertificate(['localhost']);

    await lnd.die();
    await writeFile(path, renewed.cert);
    await lnd.comeBack(renewed);
    await untilState(started.node, 'active');

    expect((await started.node.info()).alias).toBe('alice');
  });

  it.each([
    ['is not there', undefined, /^the certificate in .*tls\.cert cannot be read \(ENOENT\)$/],
    ['is no certificate', 'hello', /^the certificate in .*tls\.cert is not PEM$/],
  ])('says when the file %s, and takes it when it comes', async (_, content, words) => {
    using folder = tempFolder();
    const path = join(folder.path, 'tls.cert');
    if (content !== undefined) await writeFile(path, content);
    await using started = await startLnd({ settings: { cert: { kind: 'file', path } } });
    await untilState(started.node, 'unreachable');
    const before = started.node.health.words;

    await writeFile(path, started.lnd.certificate.cert);
    await untilState(started.node, 'active');

    expect(before).toMatch(words);
  });
});

describe('LND: the macaroons', () => {
  it('sends each call with the macaroon of its flow', async () => {
    const [receive, pay, channel] = ['0201aa', '0201bb', '0201cc'].map(inline);
    await using started = await startLnd({ settings: { macaroons: { receive, pay, channel } } });
    const { lnd, node } = started;

    await Promise.allSettled([
      node.cancelInvoice('ab'.repeat(32) as never),
      node.trackPayment('ab'.repeat(32) as never),
      node.findChannel('memo'),
    ]);

    const used = (name: string): unknown => lnd.heardOf(name)[0]?.macaroon;
    expect([used('CancelInvoice'), used('TrackPaymentV2'), used('PendingChannels')]).toEqual([
      '0201aa',
      '0201bb',
      '0201cc',
    ]);
  });

  it('leaves a flow off that has none', async () => {
    const macaroons = { receive: inline(MACAROON), pay: undefined, channel: undefined };
    await using started = await startLnd({ settings: { macaroons } });
    const { node, lnd } = started;
    await node.info();

    const track = node.trackPayment('ab'.repeat(32) as never);

    await expect(track).rejects.toMatchObject({ code: 'node-unavailable' });
    expect([node.has('receive'), node.has('pay'), node.has('channel')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(lnd.heardOf('TrackPaymentV2')).toEqual([]);
  });

  it('reads the file of a refused one again and says which it is (FC-21)', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'pay.macaroon');
    await writeFile(path, Buffer.from('0201aa', 'hex'));
    const pay = { kind: 'file', path } as const;
    const macaroons = { receive: inline(MACAROON), pay, channel: undefined };
    await using started = await startLnd({ settings: { macaroons } });
    const { lnd, node, log } = started;
    const good = '0201bb';
    lnd.streams('TrackPaymentV2', (stream, { macaroon }) => {
      if (macaroon === good) stream.fail(5, "payment isn't initiated");
      else stream.fail(2, 'verification failed: signature mismatch after caveat verification');
    });
    const track = async (): Promise<unknown> => await node.trackPayment('ab'.repeat(32) as never);
    await expect(track()).rejects.toMatchObject({ code: 'node-unavailable' });
    const [trouble] = node.health.macaroons;

    await writeFile(path, Buffer.from(good, 'hex'));

    expect(await track()).toBeUndefined();
    expect(trouble).toEqual({
      flow: 'pay',
      kind: 'refused',
      rpc: '/routerrpc.Router/TrackPaymentV2',
      words:
        'LND refuses the pay macaroon: ' +
        'verification failed: signature mismatch after caveat verification',
    });
    expect(node.health.macaroons).toEqual([]);
    expect(JSON.stringify(log.lines)).not.toMatch(/0201(aa|bb)/);
  });
});

function like(code: string): unknown {
  return expect.objectContaining({ name: 'NodeError', code });
}

async function untilState(node: LndNode, state: string): Promise<void> {
  await until(node, () => node.health.state === state);
}

/** Health is told by nobody, so it is looked at until it is as wanted. */
async function until(node: LndNode, isSo: () => boolean): Promise<void> {
  const endsAt = performance.now() + WITHIN_MS;
  while (!isSo()) {
    if (performance.now() > endsAt) throw new Error(`still ${JSON.stringify(node.health)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
