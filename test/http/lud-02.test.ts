import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ChannelBehaviour } from '../../src/lightning/demo/faults.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import {
  askChannel,
  channelsOf,
  customerKey,
  keyOf,
  makeOffer,
  meanwhile,
  OK,
  offerOf,
  readChannelRequest,
  refusal,
  silently,
  takeChannel,
} from '../support/channel-wallet.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { start } from '../support/start.ts';
import { eventsOf, type Server, until } from '../support/wallet.ts';

const MINUTE_MS = 60_000;
const OUTPOINT = expect.stringMatching(/^[0-9a-f]{64}:0$/);

jest.setTimeout(60_000);

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('LUD-02: the first answer', () => {
  it('holds what the document names and nothing else (LUD02-1, LUD02-2, GEN-21, GEN-26)', async () => {
    const offer = await makeOffer(server);
    const { nodeKey } = await server.network.ours.info();

    const { status, text } = await server.wallet.get(server.local(offer.url));

    const { k1 } = JSON.parse(text);
    expect([status, text]).toEqual([
      200,
      JSON.stringify({
        tag: 'channelRequest',
        uri: `${nodeKey}@localhost:9735`,
        callback: `${offer.url}/callback`,
        k1,
      }),
    ]);
    expect(k1).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    [1, true],
    [2, false],
  ])('of an offer of %i uses has the same k1 again: %s (GEN-30, GEN-33)', async (uses, isSame) => {
    const offer = await makeOffer(server, { uses });

    const [first, second] = [
      await readChannelRequest(server, offer.url),
      await readChannelRequest(server, offer.url),
    ];

    expect(first.k1 === second.k1).toBe(isSame);
  });

  it('is an error for an offer that is unknown or taken away (LUD02-1)', async () => {
    const offer = await makeOffer(server);
    await server.operator.delete(`/api/v1/channel-offers/${offer.id}`);

    const answers = [
      await server.wallet.get(server.local(offer.url)),
      await server.wallet.get('/lnurlc/abcdefgh'),
      await server.wallet.get('/lnurlc/abcdefgh/callback?k1=1&remoteid=1'),
    ];

    const gone = refusal('channel offer unknown or expired');
    expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(3).fill([200, gone]));
  });

  it('is an error outside of the times of an offer, while it is off, and when it is used', async () => {
    await using own = await start();
    const at = (ms: number) => new Date(own.clock.now() + ms).toISOString();
    const times = { validFrom: at(MINUTE_MS), expiresAt: at(2 * MINUTE_MS) };
    const timed = await makeOffer(own, times);
    const off = await makeOffer(own);
    await own.operator.patch(`/api/v1/channel-offers/${off.id}`).send({ disabled: true });
    const used = await makeOffer(own);
    await takeChannel(own, used.url);
    const say = async (url: string) => (await own.wallet.get(own.local(url))).body.reason;

    const said = [await say(timed.url), await say(off.url), await say(used.url)];
    own.clock.advance(3 * MINUTE_MS);
    said.push(await say(timed.url));

    expect(said).toEqual([
      'This channel offer is not open yet.',
      'This channel offer is switched off.',
      'This channel offer has already been used.',
      'This channel offer has expired.',
    ]);
  });

  it('writes nothing and asks no node, however often it is read (hazard 3.27, GEN-33)', async () => {
    await using own = await start();
    const offer = await makeOffer(own, { uses: 5 });
    const before = await eventsOf(own);
    const calls = (['info', 'isPeerConnected', 'openChannel', 'findChannel'] as const).map((name) =>
      jest.spyOn(own.network.ours, name),
    );

    const ask = async () => await (await fetch(own.origin + own.local(offer.url))).json();
    await Promise.all(Array.from({ length: 50 }, ask));

    expect(calls.map((call) => call.mock.calls.length)).toEqual([0, 0, 0, 0]);
    expect(await eventsOf(own)).toEqual(before);
    expect(await channelsOf(own)).toEqual([]);
  });

  const KEY = keyOf(7);
  it.each<[string, readonly string[], string | undefined]>([
    ['nothing', [], undefined],
    ['0.0.0.0', [`${KEY}@0.0.0.0:9735`], undefined],
    ['a private address', [`${KEY}@10.0.0.5:9735`], undefined],
    [
      'an onion and a public address',
      [`${KEY}@abc.onion:9735`, `${KEY}@203.0.113.5:9735`],
      `${KEY}@203.0.113.5:9735`,
    ],
    ['an IPv6 address alone', [`${KEY}@[2001:db8::5]:9735`], `${KEY}@[2001:db8::5]:9735`],
  ])(
    'of a node that announces %s is a uri that wallets reach, or an error (FC-19)',
    async (_, uris, uri) => {
      const { clock, network } = ownNetwork();
      network.faults.announce(uris);
      await using own = await start({ clock, network });
      const offer = await makeOffer(own);

      const { status, body } = await own.wallet.get(own.local(offer.url));

      expect(status).toBe(200);
      if (uri === undefined) expect(body).toEqual(refusal('channel offers are not available'));
      else expect(body.uri).toBe(uri);
    },
  );
});

describe('LUD-02: the second answer', () => {
  it('is OK as soon as the channel is pending, and the operator hears of it (LUD02-7)', async () => {
    await using own = await start();
    const offer = await makeOffer(own, { capacitySat: 250_000, pushSat: 1_000, satPerVbyte: 3 });
    const nodeKey = await customerKey(own);

    const answer = await takeChannel(own, offer.url, { private: 0 });

    const terms = { nodeKey, capacitySat: 250_000, pushSat: 1_000, private: false };
    const [channel] = await channelsOf(own);
    const told = (await eventsOf(own)).slice(1).map(({ type, data }) => ({ type, data }));
    expect(answer).toEqual(OK);
    expect(own.network.channels).toMatchObject([
      { opener: 'ours', peer: nodeKey, memo: `lnurlc:${channel?.id}`, capacitySat: 250_000 },
    ]);
    expect(channel).toMatchObject({
      ...{ linkId: offer.id, state: 'opened', satPerVbyte: 3, ...terms },
      fundingOutpoint: own.network.channels[0]?.fundingOutpoint,
    });
    const data = { id: channel?.id, linkId: offer.id, ...terms };
    expect(told).toEqual([
      { type: 'channel.requested', data },
      { type: 'channel.opened', data: { ...data, fundingOutpoint: OUTPOINT } },
      { type: 'link.spent', data: { id: offer.id, kind: 'channel' } },
    ]);
  });

  it.each([
    ['wallet', undefined, true],
    ['wallet', '0', false],
    ['wallet', '1', true],
    ['wallet', '', true],
    ['always', '0', true],
    ['never', '1', false],
    ['never', undefined, false],
  ] as const)(
    'opens by the rule %s and the flag %j a private channel: %s (LUD02-3)',
    async (rule, flag, isPrivate) => {
      const offer = await makeOffer(server, { private: rule });

      const answer = await takeChannel(
        server,
        offer.url,
        flag === undefined ? {} : { private: flag },
      );

      expect([answer, server.network.channels.at(-1)?.private]).toEqual([OK, isPrivate]);
    },
  );

  it.each([
    [{ k1: undefined }, 'missing k1'],
    [{ k1: 'abc' }, 'invalid k1'],
    [{ k1: '00'.repeat(32) }, 'k1 does not belong to this offer'],
    [{ remoteid: undefined }, 'missing remoteid'],
    [{ remoteid: '' }, 'missing remoteid'],
    [{ remoteid: 'ab'.repeat(33) }, 'invalid remoteid'],
    [{ remoteid: `04${'11'.repeat(32)}` }, 'invalid remoteid'],
    [{ remoteid: `02${'00'.repeat(32)}` }, 'invalid remoteid'],
    [{ remoteid: keyOf(1).slice(2) }, 'invalid remoteid'],
    [{ private: '2' }, 'invalid private flag'],
    [{ private: 'true' }, 'invalid private flag'],
    [{ cancel: 'yes' }, 'invalid cancel flag'],
  ])('refuses %j and takes nothing (LUD02-3)', async (changes, reason) => {
    const offer = await makeOffer(server);
    const { callback, k1 } = await readChannelRequest(server, offer.url);
    const given = { k1, remoteid: await customerKey(server), ...changes };
    const query = Object.entries(given).filter(([, value]) => value !== undefined);

    const { status, body } = await server.wallet
      .get(server.local(callback))
      .query(Object.fromEntries(query));

    expect([status, body]).toEqual([200, refusal(reason)]);
    expect(await offerOf(server, offer)).toMatchObject({ usesLeft: 1 });
    expect(await channelsOf(server, { linkId: offer.id })).toEqual([]);
  });

  it('reads a key in capitals, unknown parameters and a glued query (GEN-15, GEN-18)', async () => {
    const [plain, glued] = [await makeOffer(server), await makeOffer(server)];
    const nodeKey = await customerKey(server);
    server.network.connect();

    const capitals = await askChannel(server, await readChannelRequest(server, plain.url), {
      ...{ remoteid: nodeKey.toUpperCase(), private: 1, nonce: 'x', tag: 'channelRequest' },
    });
    const { callback, k1 } = await readChannelRequest(server, glued.url);
    const joined = await server.wallet.get(
      `${server.local(callback)}?k1=${k1}?remoteid=${nodeKey}&private=1`,
    );

    expect([capitals, joined.body]).toEqual([OK, OK]);
    expect(server.network.channels.at(-2)?.peer).toBe(nodeKey);
  });

  it('does nothing on HEAD, which link previews send first', async () => {
    const offer = await makeOffer(server);
    const { callback, k1 } = await readChannelRequest(server, offer.url);
    server.network.connect();

    await server.wallet
      .head(server.local(callback))
      .query({ k1, remoteid: await customerKey(server) });

    expect(await offerOf(server, offer)).toMatchObject({ usesLeft: 1 });
  });

  it('refuses a channel to our own node, and the offer stays usable (LUD02-8)', async () => {
    const offer = await makeOffer(server);
    const request = await readChannelRequest(server, offer.url);
    const { nodeKey } = await server.network.ours.info();

    const answer = await askChannel(server, request, { remoteid: nodeKey });

    expect(answer).toEqual(refusal('cannot open to this node'));
    expect(await takeChannel(server, offer.url)).toEqual(OK);
  });

  it('opens one channel to a node at a time (LUD02-8)', async () => {
    await using own = await start();
    const [first, second] = [await makeOffer(own), await makeOffer(own)];
    own.network.faults.nextChannel({ kind: 'hang' });
    await silently(own, takeChannel(own, first.url));

    const answer = await takeChannel(own, second.url);

    expect(answer).toEqual(
      refusal('another channel to your node is being opened, try again later'),
    );
    expect(await offerOf(own, second)).toMatchObject({ usesLeft: 1, state: 'open' });
  });
});

describe('LUD-02: one k1', () => {
  it('opens one channel, and the same question has the same answer (LUD02-6, Q-14)', async () => {
    const offer = await makeOffer(server, { uses: 2 });
    const request = await readChannelRequest(server, offer.url);
    const remoteid = await customerKey(server);
    server.network.connect();
    server.network.connect(keyOf(2));
    const count = server.network.channels.length;

    const answers = [
      await askChannel(server, request, { remoteid, private: 1 }),
      await askChannel(server, request, { remoteid, private: 1 }),
      await askChannel(server, request, { remoteid, private: 0 }),
      await askChannel(server, request, { remoteid: keyOf(2) }),
    ];

    expect(answers).toEqual([OK, OK, OK, refusal('already used')]);
    expect(server.network.channels).toHaveLength(count + 1);
  });

  it.each([[1], [3]])(
    'opens one channel for ten calls at once, of %i uses (GEN-32)',
    async (uses) => {
      await using own = await start();
      const offer = await makeOffer(own, { uses });
      const request = await readChannelRequest(own, offer.url);
      const remoteid = await customerKey(own);
      own.network.connect();

      const answers = await Promise.all(
        Array.from({ length: 10 }, async () => await askChannel(own, request, { remoteid })),
      );

      expect(answers).toEqual(Array(10).fill(OK));
      expect(own.network.channels).toHaveLength(1);
      expect(await offerOf(own, offer)).toMatchObject({ usesLeft: uses - 1 });
    },
  );

  it('opens one channel for ten nodes at once (GEN-32, hazard 3.4)', async () => {
    await using own = await start();
    const offer = await makeOffer(own, { uses: 10 });
    const request = await readChannelRequest(own, offer.url);
    const keys = Array.from({ length: 10 }, (_, index) => keyOf(index + 1));
    for (const key of keys) own.network.connect(key);

    const answers = await Promise.all(
      keys.map(async (remoteid) => await askChannel(own, request, { remoteid })),
    );

    expect(answers.filter((answer) => 'reason' in answer)).toEqual(
      Array(9).fill(refusal('already used')),
    );
    expect(own.network.channels).toHaveLength(1);
    expect(await offerOf(own, offer)).toMatchObject({ usesLeft: 9 });
  });

  it('ends after ten minutes for an offer of many uses', async () => {
    await using own = await start();
    const offer = await makeOffer(own, { uses: 2 });
    const request = await readChannelRequest(own, offer.url);
    own.network.connect();
    own.clock.advance(11 * MINUTE_MS);

    const answer = await askChannel(own, request, { remoteid: await customerKey(own) });

    expect(answer).toEqual(refusal('expired, scan the code again'));
  });

  it('of one offer opens nothing by another', async () => {
    const [one, other] = [await makeOffer(server), await makeOffer(server)];
    const { k1 } = await readChannelRequest(server, one.url);
    const { callback } = await readChannelRequest(server, other.url);
    await takeChannel(server, one.url);

    const answer = await askChannel(
      server,
      { callback, k1 },
      { remoteid: await customerKey(server) },
    );

    expect(answer).toEqual(refusal('k1 does not belong to this offer'));
    expect(await offerOf(server, other)).toMatchObject({ usesLeft: 1 });
  });
});

describe('LUD-02: cancel', () => {
  it('wins over private, is OK again, and closes an offer of one use (LUD02-4)', async () => {
    await using own = await start();
    const offer = await makeOffer(own);
    const request = await readChannelRequest(own, offer.url);
    const remoteid = await customerKey(own);
    own.network.connect();

    const answers = [
      await askChannel(own, request, { remoteid, private: 1, cancel: 1 }),
      await askChannel(own, request, { cancel: 1 }),
      await askChannel(own, request, { remoteid, private: 1 }),
    ];

    const told = (await eventsOf(own)).slice(1).map(({ type, data }) => [type, data.id]);
    const [channel] = await channelsOf(own);
    expect(answers).toEqual([OK, OK, refusal('This channel was cancelled, scan the code again')]);
    expect(own.network.channels).toEqual([]);
    expect(await offerOf(own, offer)).toMatchObject({ usesLeft: 0, state: 'spent' });
    expect(channel).toMatchObject({ linkId: offer.id, state: 'cancelled' });
    expect(told).toEqual([
      ['channel.cancelled', channel?.id],
      ['link.spent', offer.id],
    ]);
  });

  it('closes one k1 of an offer of many uses, and takes none of them (LUD02-4)', async () => {
    await using own = await start();
    const offer = await makeOffer(own, { uses: 2 });
    const request = await readChannelRequest(own, offer.url);
    own.network.connect();

    const cancelled = await askChannel(own, request, { cancel: 1 });
    const again = await askChannel(own, request, { remoteid: await customerKey(own) });

    expect(cancelled).toEqual(OK);
    expect(again).toEqual(refusal('This channel was cancelled, scan the code again'));
    expect(await takeChannel(own, offer.url)).toEqual(OK);
    expect(await offerOf(own, offer)).toMatchObject({ usesLeft: 1 });
  });

  it('comes too late when the channel is on its way', async () => {
    const offer = await makeOffer(server, { uses: 2 });
    const request = await readChannelRequest(server, offer.url);
    server.network.connect();
    await askChannel(server, request, { remoteid: await customerKey(server) });

    const answer = await askChannel(server, request, { cancel: 1 });

    expect(answer).toEqual(refusal('too late, the channel is being opened'));
  });
});

describe('LUD-02: a wallet that is not connected', () => {
  it('is waited for, for a moment (LUD02-5, Q-14)', async () => {
    await using own = await start();
    const offer = await makeOffer(own);
    const request = await readChannelRequest(own, offer.url);
    const call = askChannel(own, request, { remoteid: await customerKey(own) });
    await until(
      async () => own.clock.nextWakeMs,
      (ms) => ms <= 1_000,
    );

    own.network.connect();

    expect(await meanwhile(own, call)).toEqual(OK);
  });

  it('is told so, and nothing is taken or told of (LUD02-5)', async () => {
    await using own = await start();
    const offer = await makeOffer(own);
    const request = await readChannelRequest(own, offer.url);
    const remoteid = await customerKey(own);
    const before = await eventsOf(own);

    const answer = await meanwhile(own, askChannel(own, request, { remoteid }));

    expect(answer).toEqual(refusal('not connected to peer'));
    expect(await offerOf(own, offer)).toMatchObject({ usesLeft: 1 });
    expect(await eventsOf(own)).toEqual(before);
    own.network.connect();
    expect(await askChannel(own, request, { remoteid })).toEqual(OK);
  });
});

describe('LUD-02: the node', () => {
  it.each([
    ['peer-refused', 'your node refused the channel, look at its settings and try again'],
    ['reserve', 'no channel can be paid for at the moment, try again later'],
    ['no-funds', 'no channel can be paid for at the moment, try again later'],
    ['not-synced', 'our node is not ready for channels at the moment, try again later'],
    ['peer-offline', 'not connected to peer'],
    ['other', 'channel could not be opened'],
  ] as const)(
    'refuses (%s): short words of ours, the use is back, and the same wallet tries again (FC-20)',
    async (reason, words) => {
      await using own = await start();
      const offer = await makeOffer(own);
      own.network.faults.nextChannel({ kind: 'fail', reason });

      const answer = await takeChannel(own, offer.url);

      const failed = (await eventsOf(own)).filter(({ type }) => type === 'channel.failed');
      expect(answer).toEqual(refusal(words));
      expect(words.length).toBeLessThanOrEqual(90);
      expect(failed.map(({ data }) => data.reason)).toEqual([reason]);
      expect(await offerOf(own, offer)).toMatchObject({ usesLeft: 1, state: 'open' });
      expect(await takeChannel(own, offer.url)).toEqual(OK);
      expect((await channelsOf(own)).map(({ state }) => state)).toEqual(['opened', 'failed']);
    },
  );

  it('is down: the wallet hears so and nothing is taken (P4)', async () => {
    await using own = await start();
    const offer = await makeOffer(own);
    const request = await readChannelRequest(own, offer.url);
    const remoteid = await customerKey(own);
    own.network.faults.goDown();

    const answer = await askChannel(own, request, { remoteid });

    expect(answer).toEqual(refusal('The Lightning node cannot be reached, try again later'));
    expect(await offerOf(own, offer)).toMatchObject({ usesLeft: 1 });
  });

  it('gives away no more than the operator allows in a day (P3)', async () => {
    await using own = await start({ env: { BOLTGATE_SPEND_DAY_MSAT: '5000000' } });
    const [first, second] = [
      await makeOffer(own, { pushSat: 3_000 }),
      await makeOffer(own, { pushSat: 3_000 }),
    ];
    own.network.faults.nextChannel({ kind: 'fail', reason: 'peer-refused' });
    await takeChannel(own, first.url);

    const answers = [await takeChannel(own, first.url), await takeChannel(own, second.url)];

    expect(answers).toEqual([OK, refusal('No more can be given away today, try again tomorrow')]);
    expect(await offerOf(own, second)).toMatchObject({ usesLeft: 1 });
  });
});

describe('LUD-02: an opening of which nobody heard the end', () => {
  /** An offer whose opening went so, as far as a wallet waits. */
  async function opening(kind: ChannelBehaviour['kind']) {
    const own = await start();
    const offer = await makeOffer(own);
    own.network.faults.nextChannel({ kind } as ChannelBehaviour);
    const call = takeChannel(own, offer.url);
    const answer = await (kind === 'hang' ? silently(own, call) : call);
    const only = async () => (await channelsOf(own))[0];
    /** Lets the time of a round pass. */
    const pass = (durationMs: number) => own.clock.advance(durationMs);
    return { own, offer, answer, only, pass };
  }

  it('is found at once by its memo when it was opened', async () => {
    const { own, answer, only } = await opening('unknown');
    await using _ = own;

    expect(answer).toEqual(OK);
    expect(await only()).toMatchObject({ state: 'opened', fundingOutpoint: OUTPOINT });
    expect(own.network.channels).toHaveLength(1);
  });

  it('is answered with OK while it hangs, asked once, and found when the peer answers', async () => {
    const { own, offer, answer, only, pass } = await opening('hang');
    await using _ = own;
    const channel = await only();
    pass(21_000);

    own.network.releaseChannel(`lnurlc:${channel?.id}`, 'open');
    pass(15_000);

    const ended = await until(only, (now) => now?.state === 'opened');
    expect(answer).toEqual(OK);
    expect([channel?.state, ended?.fundingOutpoint]).toEqual(['opening', OUTPOINT]);
    expect(await offerOf(own, offer)).toMatchObject({ usesLeft: 0, state: 'spent' });
    expect(own.network.channels).toHaveLength(1);
  });

  it.each([['cut'], ['empty'], ['hang']] as const)(
    'keeps its use until a proof that none will come: %s, and the peer has left',
    async (kind) => {
      const { own, offer, answer, only, pass } = await opening(kind);
      await using _ = own;
      const states: unknown[] = [];
      own.network.disconnect();

      pass(21_000);
      states.push((await only())?.state);
      pass(61_000);
      const ended = await until(only, (now) => now?.state !== 'opening');

      expect(answer).toEqual(OK);
      expect([...states, ended?.state, ended?.reason]).toEqual(
        kind === 'hang'
          ? ['failed', 'failed', 'peer-offline']
          : ['opening', 'failed', 'never-opened'],
      );
      expect(await offerOf(own, offer)).toMatchObject({ usesLeft: 1, state: 'open' });
      expect(await takeChannel(own, offer.url)).toEqual(OK);
      expect(own.network.channels).toHaveLength(1);
    },
  );
});

function ownNetwork() {
  const clock = new ManualClock();
  const random = seededRandom('network of its own');
  return { clock, network: new DemoNetwork({ seed: new Uint8Array(32).fill(6), clock, random }) };
}
