import { describe, expect, it } from '@jest/globals';
import { adminKey, serverOrigin } from '../../../src/cli/settings.ts';

const KEY = 'bg_0123456789abcdefghijklmnopqrstuv';

describe('where the server is', () => {
  it.each([
    [{}, 'http://127.0.0.1:3000'],
    [{ BOLTGATE_LISTEN: '127.0.0.1:4000' }, 'http://127.0.0.1:4000'],
    [{ BOLTGATE_LISTEN: '0.0.0.0:4000' }, 'http://127.0.0.1:4000'],
    [{ BOLTGATE_LISTEN: '[::]:4000' }, 'http://[::1]:4000'],
    [{ BOLTGATE_LISTEN: '[fd00::1]:4000' }, 'http://[fd00::1]:4000'],
    [{ BOLTGATE_LISTEN: 'localhost:80' }, 'http://localhost:80'],
    [{ BOLTGATE_URL: 'https://pay.example.org' }, 'https://pay.example.org'],
    [{ BOLTGATE_URL: 'https://pay.example.org/' }, 'https://pay.example.org'],
    [{ BOLTGATE_URL: '', BOLTGATE_LISTEN: 'localhost:81' }, 'http://localhost:81'],
    [
      { BOLTGATE_URL: 'http://boltgate:3000', BOLTGATE_LISTEN: 'localhost:81' },
      'http://boltgate:3000',
    ],
  ])('%j is %s', (env, origin) => {
    expect(serverOrigin({ env, readFile: noFile })).toBe(origin);
  });

  it.each([
    ['pay.example.org'],
    ['ftp://pay.example.org'],
    ['https://pay.example.org/api'],
    ['https://pay.example.org/?key=1'],
    ['https://me:secret@pay.example.org'],
    [' '],
  ])('%j is no origin', (url) => {
    expect(() => serverOrigin({ env: { BOLTGATE_URL: url }, readFile: noFile })).toThrow(
      'BOLTGATE_URL must be an origin such as http://127.0.0.1:3000',
    );
  });
});

describe('the admin key', () => {
  it('is that of the environment', () => {
    const key = adminKey({ env: { BOLTGATE_ADMIN_KEY: KEY }, readFile: noFile });

    expect(key.reveal()).toBe(KEY);
  });

  it.each([
    [{ BOLTGATE_ADMIN_KEY_FILE: '/run/key' }, '/run/key'],
    [{}, 'data/admin-key'],
    [{ BOLTGATE_DATA_DIR: '/var/lib/boltgate' }, '/var/lib/boltgate/admin-key'],
  ])('is read, for %j, from %s', (env, path) => {
    const files = new Map([[path, `${KEY}\n`]]);

    const key = adminKey({ env, readFile: (name) => files.get(name) ?? noFile() });

    expect(key.reveal()).toBe(KEY);
  });

  it('says in a sentence that there is none, and what to do', () => {
    expect(() => adminKey({ env: { BOLTGATE_DATA_DIR: '/srv' }, readFile: noFile })).toThrow(
      "There is no admin key: /srv/admin-key cannot be read (ENOENT); set BOLTGATE_ADMIN_KEY, or BOLTGATE_DATA_DIR to the server's data directory",
    );
  });

  it.each([
    [{ BOLTGATE_ADMIN_KEY: 'top secret' }],
    [{ BOLTGATE_ADMIN_KEY: KEY, BOLTGATE_ADMIN_KEY_FILE: '/run/key' }],
    [{ BOLTGATE_ADMIN_KEY_FILE: '/run/key' }],
    [{}],
  ])('is never repeated when %j is wrong', (env) => {
    const attempt = () => adminKey({ env, readFile: () => 'top secret' });

    expect(attempt).toThrow();
    expect(attempt).not.toThrow(/top secret|bg_0/);
  });
});

function noFile(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
}
