import { describe, expect, it } from '@jest/globals';
import { API_KEY, startOperatorApi } from '../support/operator-api.ts';
import { terminal } from './terminal.ts';

/** A terminal at a server that really makes keys. */
async function start() {
  const server = await startOperatorApi();
  const at = (key: string) =>
    terminal({ env: { BOLTGATE_URL: server.origin, BOLTGATE_ADMIN_KEY: key } });
  return { server, at, type: at(API_KEY) };
}

describe('key …', () => {
  it('makes a key that does what it may, and no more, until it is disabled', async () => {
    const { server, at, type } = await start();
    await using _ = server;

    const made = await type('key', 'create', 'The shop', '--scope', 'read,links', '--json');
    const { id, key } = JSON.parse(made.out);
    const may = await at(key)('pay-link', 'list');
    const mayNot = await at(key)('key', 'list');
    const disabled = await type('key', 'disable', id);
    const after = await at(key)('pay-link', 'list');
    const listed = await type('key', 'list');

    expect([made.code, may.code, mayNot.code, disabled.code, after.code]).toEqual([0, 0, 1, 0, 1]);
    expect(mayNot.err).toBe('API key may not do this: This key needs the scope admin for this\n');
    expect(disabled.out).toContain('revoked');
    expect(listed.out).toContain(`${id}  revoked  read,links`);
    expect(disabled.out + listed.out).not.toContain(key);
  });

  it('shows the key once, for a person to copy', async () => {
    const { server, type } = await start();
    await using _ = server;

    const made = await type('key', 'create', 'x', '--scope', 'read', '--scope', 'payouts');

    expect(made.out).toMatch(/^key +bg_[a-z2-7]{52}$/m);
    expect(made.out).toMatch(/^scopes +read, payouts$/m);
  });

  it.each([
    [['key', 'create', 'x'], "error: required option '--scope <scopes...>' not specified\n"],
    [
      ['key', 'create', 'x', '--scope', 'all'],
      'all is no scope; there are read, links, payouts, logins, admin\n',
    ],
  ])('says what is wrong with %j', async (args, message) => {
    const ran = await terminal()(...args);

    expect(ran.code).toBe(2);
    expect(ran.err).toContain(message);
  });
});
