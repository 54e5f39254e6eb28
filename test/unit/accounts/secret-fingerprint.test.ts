import { describe, expect, it } from '@jest/globals';
import { keepSecretFingerprint } from '../../../src/accounts/secret-fingerprint.ts';
import { StartRefused } from '../../../src/accounts/start-refused.ts';
import { Tokens } from '../../../src/accounts/tokens.ts';
import { MemorySettings } from '../../support/memory-settings.ts';

const before = new Tokens(Buffer.alloc(32, 1)).fingerprint();
const another = new Tokens(Buffer.alloc(32, 2)).fingerprint();

describe('the secret of a database (FC-23)', () => {
  it('is known by its fingerprint from the first start on', async () => {
    const settings = new MemorySettings();

    await keepSecretFingerprint(settings, before);
    await keepSecretFingerprint(settings, before);

    expect([settings.values, settings.writes]).toEqual([{ secret_fingerprint: before }, 1]);
  });

  it('may not be another one, and nothing is written', async () => {
    const settings = new MemorySettings({ secret_fingerprint: before });

    const refused = keepSecretFingerprint(settings, another);

    await expect(refused).rejects.toBeInstanceOf(StartRefused);
    await expect(refused).rejects.toThrow(
      'this database was made with another secret; all printed codes would die',
    );
    expect([settings.values, settings.writes]).toEqual([{ secret_fingerprint: before }, 0]);
  });
});
