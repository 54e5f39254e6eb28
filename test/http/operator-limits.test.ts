import { describe, expect, it, jest } from '@jest/globals';
import type { RequestLimit } from '../../src/http/limits/request-limit.ts';
import { REQUESTS_PER_KEY } from '../../src/http/operator/key-limit.ts';
import { API_KEY, startOperatorApi } from '../support/operator-api.ts';
import { pipeline } from '../support/pipeline.ts';

jest.setTimeout(60_000);

/** Lets in a few for each key, and then nobody. */
class FewEach implements RequestLimit {
  readonly keys = new Map<string, number>();
  readonly #few: number;

  constructor(few: number) {
    this.#few = few;
  }

  async take(key: string): Promise<number | undefined> {
    const taken = (this.keys.get(key) ?? 0) + 1;
    this.keys.set(key, taken);
    return taken > this.#few ? 12_345 : undefined;
  }
}

describe('a key', () => {
  it('may ask so often, and is then told when to go on', async () => {
    await using server = await startOperatorApi({ keyLimit: new FewEach(1) });
    const letIn = await server.api.get('/api/v1/pay-links');

    const { status, headers, body } = await server.api.get('/api/v1/pay-links');

    expect(letIn.status).toBe(200);
    expect([status, headers['content-type'], headers['retry-after']]).toEqual([
      429,
      'application/problem+json; charset=utf-8',
      '13',
    ]);
    expect(body).toEqual({
      type: '/problems/too-many-requests',
      title: 'Too many requests',
      status: 429,
      detail: 'Too many requests, try again in 13 s',
      instance: expect.stringMatching(/^urn:request:req_/),
      code: 'too-many-requests',
    });
  });

  it('is counted by its id, for itself, and a stranger not at all', async () => {
    const keyLimit = new FewEach(1_000);
    await using server = await startOperatorApi({ keyLimit });
    const made = await server.api
      .post('/api/v1/api-keys')
      .send({ name: 'The shop', scopes: ['read'] });

    await server.stranger.get('/api/v1/pay-links');
    await server.stranger.get('/api/v1/pay-links').set('authorization', `Bearer ${made.body.key}`);

    expect([...keyLimit.keys]).toEqual([
      ['key_admin', 1],
      [made.body.id, 1],
    ]);
  });

  it('may ask a hundred times a second, for a minute', async () => {
    await using server = await startOperatorApi();
    const { requests } = REQUESTS_PER_KEY;
    const headers = { authorization: `Bearer ${API_KEY}` };

    const answers = await pipeline(server.origin, '/api/v1/nothing', requests + 1, headers);

    const statuses = answers.match(/HTTP\/1\.1 \d+/g) ?? [];
    const count = (status: number) => statuses.filter((line) => line.endsWith(` ${status}`)).length;
    expect([requests, count(404), count(429)]).toEqual([6_000, 6_000, 1]);
  });
});
