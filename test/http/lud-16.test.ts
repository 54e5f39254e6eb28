import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PUBLIC_URL, start } from '../support/start.ts';
import {
  invoicesOf,
  makeAddress,
  order,
  pay,
  readOffer,
  type Server,
  settled,
} from '../support/wallet.ts';

const WELL_KNOWN = '/.well-known/lnurlp';
const USER_NOT_FOUND = { status: 'ERROR', reason: 'user not found' };

let server: Server;
beforeAll(async () => {
  server = await start();
  await makeAddress(server, { name: 'alice' });
  await makeAddress(server, { name: 'a.b-c_d' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('LUD-16: a lightning address', () => {
  it('is the payRequest itself, with exactly one identifier (LUD16-1, LUD16-5)', async () => {
    const { status, body } = await server.wallet.get(`${WELL_KNOWN}/alice`);

    expect([status, body]).toEqual([
      200,
      {
        tag: 'payRequest',
        callback: expect.stringMatching(
          /^https:\/\/pay\.example\.org\/lnurlp\/[a-z2-7]+\/callback\/1$/,
        ),
        minSendable: 1000,
        maxSendable: 100_000_000,
        metadata: '[["text/plain","Coffee"],["text/identifier","alice@pay.example.org"]]',
        commentAllowed: 0,
      },
    ]);
  });

  it('is paid as any other link is', async () => {
    const offer = await readOffer(server, `${PUBLIC_URL}${WELL_KNOWN}/alice`);
    const ordered = await order(server, offer, { amount: 21_000 });

    await pay(server, ordered);

    expect((await settled(server, ordered)).settled).toBe(true);
  });

  it.each([
    ['as it was registered', 'alice'],
    ['in capitals (Q-9)', 'ALICE'],
    ['in a mixture', 'aLiCe'],
    ['with blanks around it', '%20alice%20'],
    ['with a line break behind it', 'alice%0A'],
    ['percent-encoded', '%61lice'],
    ['with ₿ in front (LUD16-6)', '%E2%82%BFalice'],
    ['with a slash behind it (GEN-10)', 'alice/'],
    [
      'with parameters (LUD16-7, Q-35)',
      'alice?amount=1000&nostr=1&signature=x&nonce=y&vaspDomain=z',
    ],
    ['with other dots and dashes (LUD16-2)', 'a.b-c_d'],
  ])('is found %s', async (_name, segment) => {
    const { status, body } = await server.wallet.get(`${WELL_KNOWN}/${segment}`);

    expect([status, body.tag]).toEqual([200, 'payRequest']);
  });

  it.each(
    [
      'nobody',
      '.',
      '..',
      '%2e%2e',
      '.alice',
      'alice.',
      'alice%00',
      'a%2Flice',
      '..%2F..%2Fadmin',
      'al%20ice',
      'alice@pay.example.org',
      'älice',
      '%C3%A4lice',
      '%FF',
      '%zz',
      '%',
      'a%2',
      '+alice',
      '%2Balice',
      'alice%3Fx%3Dy',
      'alice%23',
      "alice'--",
      'a'.repeat(65),
      'a'.repeat(4000),
    ].map((segment) => [segment]),
  )('does not know %j, and says so with HTTP 200 (LUD16-1, LUD16-3)', async (segment) => {
    const { status, body } = await server.wallet.get(`${WELL_KNOWN}/${encodeRest(segment)}`);

    expect([status, body]).toEqual([200, USER_NOT_FOUND]);
  });

  it('is not found any more when it was deleted, and its name is free', async () => {
    await using own = await start();
    const address = await makeAddress(own, { name: 'bob' });
    await own.operator.delete(`/api/v1/addresses/${address.id}`).expect(204);
    const gone = await own.wallet.get(`${WELL_KNOWN}/bob`);

    await makeAddress(own, { name: 'bob', description: 'Another' });

    const { metadata } = await readOffer(own, `${PUBLIC_URL}${WELL_KNOWN}/bob`);
    expect(gone.body).toEqual(USER_NOT_FOUND);
    expect(metadata).toBe('[["text/plain","Another"],["text/identifier","bob@pay.example.org"]]');
  });
});

describe('LUD-16: the name of the domain itself (FC-5)', () => {
  it('is `_`', async () => {
    await using own = await start();
    const before = await own.wallet.get(`${WELL_KNOWN}/_`);
    await makeAddress(own, { name: '_' });

    const offer = await readOffer(own, `${PUBLIC_URL}${WELL_KNOWN}/_`);

    expect([before.status, before.body]).toEqual([200, USER_NOT_FOUND]);
    expect(JSON.parse(offer.metadata)).toContainEqual(['text/identifier', '_@pay.example.org']);
    expect((await order(own, offer, { amount: 1000 })).bolt11).toMatch(/^lnbcrt/);
  });
});

describe('LUD-16: a tag behind a plus (LUD16-4)', () => {
  it.each([
    'alice+coffee',
    'alice%2Bcoffee',
    'alice%20coffee',
    'ALICE+Coffee',
    '%E2%82%BFalice+coffee',
  ])('is in the metadata, in the callback and in the hash: %s', async (segment) => {
    const offer = await readOffer(server, `${PUBLIC_URL}${WELL_KNOWN}/${segment}`);

    const ordered = await order(server, offer, { amount: 1000 });

    expect(JSON.parse(offer.metadata)).toEqual([
      ['text/plain', 'Coffee'],
      ['text/identifier', 'alice@pay.example.org'],
      ['text/tag', 'coffee'],
    ]);
    expect(offer.callback).toMatch(/\/callback\/1\/coffee$/);
    const items = await invoicesOf(server, { limit: 100 });
    const invoice = items.find(({ paymentHash }) => paymentHash === ordered.paymentHash);
    expect(invoice).toMatchObject({ tag: 'coffee' });
  });

  it.each([
    'alice+',
    'alice+a+b',
    'alice+a%20b',
    'alice+%F0%9F%98%80',
    'alice+../x',
    `alice+${'x'.repeat(65)}`,
    'alice+a%2Fb',
  ])('is ignored when it is not well formed: %s', async (segment) => {
    const { body } = await server.wallet.get(`${WELL_KNOWN}/${segment.replace('/', '%2F')}`);

    expect([body.tag, body.metadata]).toEqual([
      'payRequest',
      '[["text/plain","Coffee"],["text/identifier","alice@pay.example.org"]]',
    ]);
  });
});

describe('LUD-16: several domains (FC-6, LUD16-8, GEN-37)', () => {
  const HOSTS = { host: 'example.org' };
  let domains: Server;
  beforeAll(async () => {
    domains = await start({ env: { BOLTGATE_ADDRESS_DOMAINS: 'example.org,other.org' } });
    await makeAddress(domains, { name: 'alice', domain: 'example.org', description: 'Alice E' });
    await makeAddress(domains, { name: 'alice', domain: 'other.org', description: 'Alice O' });
    await makeAddress(domains, { name: 'bob', domain: 'other.org' });
  });
  afterAll(async () => {
    await domains[Symbol.asyncDispose]();
  });

  it.each([
    ['example.org', 'Alice E', 'example.org'],
    ['other.org', 'Alice O', 'other.org'],
    ['OTHER.org', 'Alice O', 'other.org'],
    ['other.org:443', 'Alice O', 'other.org'],
  ])(
    'finds under Host %s the link of that domain, its callback under the public URL',
    async (host, description, domain) => {
      const offer = await readOffer(domains, `https://x.test${WELL_KNOWN}/alice`, { host });

      const ordered = await order(domains, offer, { amount: 1000 });

      expect(JSON.parse(offer.metadata)).toEqual([
        ['text/plain', description],
        ['text/identifier', `alice@${domain}`],
      ]);
      expect(offer.callback.startsWith(`${PUBLIC_URL}/lnurlp/`)).toBe(true);
      expect(ordered.verify.startsWith(`${PUBLIC_URL}/lnurlp/verify/`)).toBe(true);
    },
  );

  it.each([
    ['the public URL while the name is ambiguous', 'pay.example.org', 'alice', 'user not found'],
    ['another domain than that of the address', 'example.org', 'bob', 'user not found'],
    ['a domain that is not ours', 'evil.test', 'alice', 'unknown domain'],
    ['a domain that ends like ours', 'evil-example.org', 'alice', 'unknown domain'],
    ['a domain that begins like ours', 'example.org.evil.test', 'alice', 'unknown domain'],
    ['a sub-domain of ours', 'www.example.org', 'alice', 'unknown domain'],
    ['an address', '127.0.0.1', 'alice', 'unknown domain'],
    ['two at once', 'example.org,other.org', 'alice', 'unknown domain'],
    ['a dot at the end', 'example.org..', 'alice', 'unknown domain'],
  ])('refuses under %s', async (_name, host, user, reason) => {
    const { status, body } = await domains.wallet.get(`${WELL_KNOWN}/${user}`).set('host', host);

    expect([status, body]).toEqual([200, { status: 'ERROR', reason }]);
  });

  it('finds under the public URL a name that only one domain has', async () => {
    const { body } = await domains.wallet.get(`${WELL_KNOWN}/bob`).set('host', 'pay.example.org');

    expect(body.metadata).toBe('[["text/plain","Coffee"],["text/identifier","bob@other.org"]]');
  });

  it('asks no forwarded header which domain is meant (hazard 3.18)', async () => {
    const plain = await domains.wallet.get(`${WELL_KNOWN}/alice`).set(HOSTS);

    const forged = await domains.wallet
      .get(`${WELL_KNOWN}/alice`)
      .set({ ...HOSTS, 'x-forwarded-host': 'other.org', forwarded: 'host=other.org' });

    expect(forged.text).toBe(plain.text);
  });

  it('has each name once on each domain', async () => {
    const taken = await domains.operator
      .post('/api/v1/addresses')
      .send({ name: 'Alice', domain: 'other.org', description: 'x', minMsat: 1000, maxMsat: 1000 });

    expect([taken.status, taken.body.code]).toEqual([409, 'name-taken']);
  });
});

/** A client would encode these on its own way; everything else stands as it is. */
function encodeRest(segment: string): string {
  return segment.replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character));
}
