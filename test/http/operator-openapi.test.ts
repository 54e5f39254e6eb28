import { readFile } from 'node:fs/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { operatorRouter } from '../../src/http/operator/router.ts';
import { startOperatorApi } from '../support/operator-api.ts';
import { routesOf } from '../support/routes-of.ts';

jest.setTimeout(60_000);

const COMMITTED = new URL('../../config/openapi.json', import.meta.url);

describe('/api/v1/openapi.json', () => {
  it('is what config/openapi.json holds; npm run openapi writes it', async () => {
    await using server = await startOperatorApi();

    const { status, body } = await server.stranger.get('/api/v1/openapi.json');

    expect(status).toBe(200);
    expect(`${JSON.stringify(body, null, 2)}\n`).toBe(await readFile(COMMITTED, 'utf8'));
  });

  it('needs no key and is only read', async () => {
    await using server = await startOperatorApi();

    const { status, headers, body } = await server.stranger.post('/api/v1/openapi.json').send({});

    expect([status, headers.allow, body.code]).toEqual([405, 'GET, HEAD', 'method-not-allowed']);
  });

  it('tells of every path and method that is mounted, and of no other', async () => {
    await using server = await startOperatorApi();

    const { body } = await server.stranger.get('/api/v1/openapi.json');

    const mounted = routesOf(operatorRouter(server)).map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    );
    expect(operationsOf(body)).toEqual([...new Set(mounted)].sort());
  });

  it('refers to nothing that it does not hold, and holds nothing that nothing refers to', async () => {
    await using server = await startOperatorApi();

    const { text, body } = await server.stranger.get('/api/v1/openapi.json');

    const { schemas, responses } = body.components;
    const held = [
      ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(responses).map((name) => `#/components/responses/${name}`),
    ];
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference);
    expect([...new Set(references)].sort()).toEqual(held.sort());
  });

  it('gives each operation a name of its own', async () => {
    await using server = await startOperatorApi();

    const { text } = await server.stranger.get('/api/v1/openapi.json');

    const names = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ['get', '/pay-links', ['read', 'links', 'admin']],
    ['post', '/pay-links', ['links', 'admin']],
    ['get', '/withdraw-links', ['payouts', 'admin']],
    ['post', '/events/tickets', ['read', 'admin']],
    ['get', '/audit', ['admin']],
    ['get', '/openapi.json', []],
  ])('names the scopes that open %s %s', async (method, path, scopes) => {
    await using server = await startOperatorApi();

    const { body } = await server.stranger.get('/api/v1/openapi.json');

    const { security } = body.paths[path][method];
    expect(security).toEqual(scopes.map((scope) => ({ apiKey: [scope] })));
  });
});

/** As `GET /pay-links/{id}`. */
function operationsOf({ paths }: { readonly paths: Readonly<Record<string, object>> }): string[] {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  return operations.sort();
}
