import { describe, expect, it } from '@jest/globals';
import { keepLoginHost } from '../../../src/accounts/login-host.ts';
import { StartRefused } from '../../../src/accounts/start-refused.ts';
import { MemorySettings } from '../../support/memory-settings.ts';

/** A database that may have been started before, with keys or without. */
function start(host: string | undefined, keys: number) {
  const settings = new MemorySettings(host === undefined ? {} : { login_host: host });
  const ask = async (authHost: string, confirmedHost?: string) =>
    await keepLoginHost({ settings, authHost, confirmedHost, countKeys: async () => keys });
  return { settings, ask };
}

describe('the login host (FC-18)', () => {
  it('is kept by the first start', async () => {
    const { settings, ask } = start(undefined, 0);

    await ask('pay.example.org');

    expect(settings.values).toEqual({ login_host: 'pay.example.org' });
  });

  it('is the same at the next start, with or without a confirmation of old', async () => {
    const { settings, ask } = start('pay.example.org', 3);

    await ask('pay.example.org');
    await ask('pay.example.org', 'else.example.org');

    expect(settings.writes).toBe(0);
  });

  it.each([
    ['is not confirmed', undefined],
    ['is confirmed for another host', 'else.example.org'],
    ['is confirmed for the old host', 'pay.example.org'],
  ])('may not change with keys at stake when the change %s', async (_what, confirmed) => {
    const { settings, ask } = start('pay.example.org', 3);

    const refused = ask('new.example.org', confirmed);

    await expect(refused).rejects.toBeInstanceOf(StartRefused);
    await expect(refused).rejects.toThrow(
      'the login host was pay.example.org and is now new.example.org; 3 keys were made by wallets ' +
        'for pay.example.org and would be lost, for on another host a wallet has another key. ' +
        'To keep the old host set BOLTGATE_AUTH_URL=https://pay.example.org, ' +
        'to give the keys up set BOLTGATE_CONFIRM_AUTH_HOST=new.example.org',
    );
    expect([settings.values, settings.writes]).toEqual([{ login_host: 'pay.example.org' }, 0]);
  });

  it.each([
    ['localhost:3000', 'BOLTGATE_AUTH_URL=http://localhost:3000,'],
    ['abcdefabcdefabcd.onion', 'BOLTGATE_AUTH_URL=http://abcdefabcdefabcd.onion,'],
  ])('is called by its whole origin when it was %s', async (host, origin) => {
    await expect(start(host, 1).ask('new.example.org')).rejects.toThrow(origin);
  });

  it.each([
    ['the operator confirmed it', 3, 'new.example.org'],
    ['no wallet has a key yet', 0, undefined],
  ])('moves when %s', async (_why, keys, confirmed) => {
    const { settings, ask } = start('pay.example.org', keys);

    await ask('new.example.org', confirmed);

    expect(settings.values).toEqual({ login_host: 'new.example.org' });
  });
});
