import { describe, expect, it } from '@jest/globals';
import { API_KEY, COFFEE, startOperatorApi } from '../support/operator-api.ts';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
const REQUEST_URN = expect.stringMatching(/^urn:request:req_[a-z2-7]{26}$/);

describe('the API key', () => {
  it.each<[header: string | undefined]>([
    [undefined],
    [''],
    ['Bearer'],
    ['Bearer '],
    ['Bearer wrong'],
    [`Bearer ${API_KEY}x`],
    [`Bearer ${API_KEY.slice(0, -1)}`],
    [`Bearer ${API_KEY.toUpperCase()}`],
    [`Bearer ${API_KEY} ${API_KEY}`],
    [`Bearer "${API_KEY}"`],
    [`Basic ${Buffer.from(`admin:${API_KEY}`).toString('base64')}`],
    [API_KEY],
    [`Token ${API_KEY}`],
  ])('is asked for when the header is %j', async (header) => {
    await using server = await startOperatorApi();

    const call = server.stranger.get('/api/v1/pay-links');
    const { status, headers, body, text } = await (header === undefined
      ? call
      : call.set('authorization', header));

    expect([status, headers['www-authenticate'], headers['content-type']]).toEqual([
      401,
      'Bearer',
      PROBLEM_TYPE,
    ]);
    expect(body).toEqual({
      type: '/problems/unauthorized',
      title: 'API key is missing or wrong',
      status: 401,
      detail: 'Send an API key as "Authorization: Bearer <key>"',
      instance: REQUEST_URN,
      code: 'unauthorized',
    });
    expect(text).not.toContain(API_KEY.slice(0, -1));
  });

  it.each([
    ['GET', '/api/v1/pay-links'],
    ['POST', '/api/v1/pay-links'],
    ['GET', '/api/v1/pay-links/pl_x'],
    ['PATCH', '/api/v1/pay-links/pl_x'],
    ['DELETE', '/api/v1/pay-links/pl_x'],
    ['GET', '/api/v1/addresses'],
    ['POST', '/api/v1/addresses'],
    ['GET', '/api/v1/logins'],
    ['POST', '/api/v1/logins'],
    ['GET', '/api/v1/invoices'],
    ['GET', '/api/v1/node'],
    ['GET', '/api/v1/events'],
    ['HEAD', '/api/v1/events'],
    ['POST', '/api/v1/events/tickets'],
    ['GET', '/api/v1/nothing-here'],
    ['PUT', '/api/v1/pay-links'],
    ['OPTIONS', '/api/v1/pay-links'],
    ['GET', '/api/v1/pay-links/%ZZ'],
    ['GET', '/api/v1'],
  ])('opens all: without it %s %s is 401', async (method, path) => {
    await using server = await startOperatorApi();

    const { status } = await fetch(server.origin + path, { method });

    expect(status).toBe(401);
  });

  it('may come with any case of the scheme', async () => {
    await using server = await startOperatorApi();

    const { status } = await server.stranger
      .get('/api/v1/pay-links')
      .set('authorization', `bearer  ${API_KEY}`);

    expect(status).toBe(200);
  });

  // FC-28: a key in a URL is 401, always.
  it.each([
    [`key=${API_KEY}`],
    [`token=${API_KEY}`],
    [`api_key=${API_KEY}`],
    [`apiKey=${API_KEY}`],
    [`API-KEY=${API_KEY}`],
    [`access_token=${API_KEY}`],
    [`authorization=Bearer%20${API_KEY}`],
    ['key=something-else'],
    ['token='],
    ['key'],
    ['limit=10&%6Bey=x'],
    [`label=${API_KEY}`],
    [`limit=${API_KEY}`],
    [`ticket=${API_KEY}`],
    [`after=1&after=${API_KEY}`],
  ])('in a URL opens nothing, not even beside a right header: %s (FC-28)', async (query) => {
    await using server = await startOperatorApi();

    const [list, events, stranger] = [
      await server.api.get(`/api/v1/pay-links?${query}`),
      await server.api.get(`/api/v1/events?${query}`),
      await server.stranger.get(`/api/v1/events?${query}`),
    ];

    expect([list.status, events.status, stranger.status]).toEqual([401, 401, 401]);
    expect(list.body).toMatchObject({
      code: 'unauthorized',
      detail: 'An API key belongs into the Authorization header, never into a URL',
    });
    expect(list.text + events.text + stranger.text).not.toContain(API_KEY);
  });
});

describe('a path', () => {
  it.each([
    ['/api/v1'],
    ['/api/v1/'],
    ['/api/v1/nothing-here'],
    ['/api/v1/pay-links/'],
    ['/api/v1/Pay-Links'],
    ['/api/v1/pay-links/pl_x/more'],
    ['/api/v1/invoices/inv_x'],
    ['/api/v1/logins/lg_x'],
    ['/api/v1/pay-links/__proto__'],
    ['/api/v1/pay-links/constructor'],
    ['/api/v2/pay-links'],
    ['/api'],
    ['/api/'],
  ])('that leads nowhere is a problem: %s', async (path) => {
    await using server = await startOperatorApi();

    const { status, headers, body } = await server.api.get(path);

    expect([status, headers['content-type']]).toEqual([404, PROBLEM_TYPE]);
    expect(body).toEqual({
      type: '/problems/not-found',
      title: 'Not found',
      status: 404,
      detail: expect.any(String),
      instance: REQUEST_URN,
      code: 'not-found',
    });
  });

  it('that cannot be read is a problem', async () => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api.get('/api/v1/pay-links/%ZZ');

    expect([status, body.code]).toEqual([400, 'invalid-request']);
  });

  it.each([
    ['PUT', '/api/v1/pay-links', 'GET, HEAD, POST'],
    ['DELETE', '/api/v1/pay-links', 'GET, HEAD, POST'],
    ['OPTIONS', '/api/v1/pay-links', 'GET, HEAD, POST'],
    ['POST', '/api/v1/pay-links/pl_x', 'GET, HEAD, PATCH, DELETE'],
    ['PATCH', '/api/v1/addresses', 'GET, HEAD, POST'],
    ['PATCH', '/api/v1/logins/lg_x', 'GET, HEAD'],
    ['POST', '/api/v1/invoices', 'GET, HEAD'],
    ['DELETE', '/api/v1/invoices/inv_x', 'GET, HEAD'],
    ['POST', '/api/v1/node', 'GET, HEAD'],
    ['POST', '/api/v1/events', 'GET'],
    ['HEAD', '/api/v1/events', 'GET'],
    ['GET', '/api/v1/events/tickets', 'POST'],
  ])('says what may be done there: %s %s', async (method, path, allowed) => {
    await using server = await startOperatorApi();

    const { status, headers } = await fetch(server.origin + path, {
      method,
      headers: { authorization: `Bearer ${API_KEY}` },
    });

    expect([status, headers.get('allow'), headers.get('content-type')]).toEqual([
      405,
      allowed,
      PROBLEM_TYPE,
    ]);
  });
});

describe('a body', () => {
  const path = '/api/v1/pay-links';

  it.each([
    [undefined],
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['application/json; charset=utf-16'],
    ['application/jsonp'],
    ['application/merge-patch+json'],
  ])('of type %s is not read', async (type) => {
    await using server = await startOperatorApi();

    const { status, body } = await postBytes(
      server.origin,
      Buffer.from(JSON.stringify(COFFEE)),
      type,
    );

    expect([status, body.code]).toEqual([415, 'unsupported-media-type']);
  });

  it.each([
    ['application/json'],
    ['Application/JSON; charset="UTF-8"'],
    ['application/json;charset=utf-8'],
  ])('of type %s is read', async (type) => {
    await using server = await startOperatorApi();

    const { status } = await postBytes(server.origin, Buffer.from(JSON.stringify(COFFEE)), type);

    expect(status).toBe(201);
  });

  it('that is compressed is not read', async () => {
    await using server = await startOperatorApi();

    const { status, body } = await server.api
      .post(path)
      .set('content-encoding', 'gzip')
      .send(COFFEE);

    expect([status, body.code]).toEqual([415, 'unsupported-media-type']);
  });

  it('that is not UTF-8 is refused', async () => {
    await using server = await startOperatorApi();
    const bytes = Buffer.from('{"description":"caf\xe9","minMsat":1000,"maxMsat":1000}', 'latin1');

    const { status, body } = await postBytes(server.origin, bytes, 'application/json');

    expect([status, body.detail]).toEqual([400, 'The body is not UTF-8']);
  });

  it('of a megabyte is read, and a byte more is too much', async () => {
    await using server = await startOperatorApi();
    const text = JSON.stringify(COFFEE);
    const most = text.padEnd(1024 * 1024, ' ');

    const [fits, over] = [
      await postBytes(server.origin, Buffer.from(most), 'application/json'),
      await postBytes(server.origin, Buffer.from(`${most} `), 'application/json'),
    ];

    expect(fits.status).toBe(201);
    expect([over.status, over.headers.get('content-type'), over.body.code]).toEqual([
      413,
      PROBLEM_TYPE,
      'request-too-large',
    ]);
  });

  it('is not read from strangers', async () => {
    await using server = await startOperatorApi();

    const { status } = await server.stranger.post(path).send('x'.repeat(3_000_000));

    expect(status).toBe(401);
  });

  async function postBytes(origin: string, bytes: Uint8Array, type: string | undefined) {
    const headers = new Headers({ authorization: `Bearer ${API_KEY}` });
    if (type !== undefined) headers.set('content-type', type);
    const answer = await fetch(origin + path, {
      method: 'POST',
      headers,
      body: new Uint8Array(bytes),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  }
});

describe('an answer', () => {
  it('is kept by nobody, readable by no other origin, and no page', async () => {
    await using server = await startOperatorApi();

    const answers = [
      await server.api.get('/api/v1/pay-links').set('origin', 'https://evil.example'),
      await server.stranger.get('/api/v1/pay-links').set('origin', 'https://evil.example'),
      await server.api.get('/api/nothing').set('origin', 'https://evil.example'),
    ];

    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
      });
      const cors = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
      expect([cors, headers['x-powered-by'], headers.etag]).toEqual([[], undefined, undefined]);
    }
  });

  // Hazard 3.18: no URL in an answer comes from a request header.
  it('has our own URLs, whatever the headers claim', async () => {
    await using server = await startOperatorApi();

    const { body, text } = await server.api
      .post('/api/v1/pay-links')
      .set('host', 'evil.example')
      .set('x-forwarded-host', 'evil.example')
      .set('x-forwarded-proto', 'http')
      .set('forwarded', 'host=evil.example;proto=http')
      .send(COFFEE);

    expect(body.url).toMatch(/^https:\/\/pay\.example\.com\/lnurlp\//);
    expect(text).not.toContain('evil');
  });

  it('says nothing of our own faults, which the log tells with their stack', async () => {
    await using server = await startOperatorApi();
    const fault = new Error(`a secret: ${API_KEY}`);
    server.payLinks.list = async () => await Promise.reject(fault);

    const { status, body } = await server.api.get('/api/v1/pay-links');

    expect([status, body]).toEqual([
      500,
      {
        type: '/problems/internal',
        title: 'Internal error',
        status: 500,
        detail: 'Something went wrong on our side, try again later',
        instance: REQUEST_URN,
        code: 'internal',
      },
    ]);
    await told(server, 1);
    expect(server.lines).toMatchObject([{ level: 'error', fields: { status: 500 } }]);
  });

  it('is told in the log by the pattern of its route, without query, body or key', async () => {
    await using server = await startOperatorApi();
    const { id } = (await server.api.post('/api/v1/pay-links').send(COFFEE)).body;

    await server.api.get(`/api/v1/pay-links/${id}?secret-ish=1`);
    await server.api.get('/api/v1/pay-links/pl_nobody');
    await server.stranger.get(`/api/v1/pay-links?token=${API_KEY}`);

    await told(server, 4);
    const requestId = expect.stringMatching(/^req_[a-z2-7]{26}$/);
    const route = '/api/v1/pay-links/:id';
    expect(server.lines).toEqual([
      line('info', 'an operator was answered', {
        method: 'POST',
        route: '/api/v1/pay-links',
        status: 201,
      }),
      line('info', 'an operator was answered', { method: 'GET', route, status: 200 }),
      line('debug', 'an operator was refused', {
        method: 'GET',
        route,
        status: 404,
        code: 'not-found',
      }),
      line('debug', 'an operator was refused', {
        method: 'GET',
        route: undefined,
        status: 401,
        code: 'unauthorized',
      }),
    ]);

    function line(level: string, message: string, fields: object) {
      return { level, message, fields: { requestId, ...fields } };
    }
  });

  /** A line is written after the answer has left, so a test may be there before it. */
  async function told({ lines }: { lines: readonly unknown[] }, count: number): Promise<void> {
    while (lines.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
});

describe('a HEAD', () => {
  it('is a GET without its body', async () => {
    await using server = await startOperatorApi();

    const { status, text, headers } = await server.api.head('/api/v1/pay-links');

    expect([status, text, headers['content-length']]).toEqual([
      200,
      undefined,
      String('{"items":[],"next":null}'.length),
    ]);
  });
});
