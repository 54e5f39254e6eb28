import { type Settings, StartRefused } from './start-refused.ts';

const SETTING = 'secret_fingerprint';

/**
 * Guards the secret that printed codes are derived from: a database that was made with another one
 * is refused before anything is written (FC-23). The first start keeps the fingerprint.
 */
export async function keepSecretFingerprint(
  settings: Settings,
  fingerprint: string,
): Promise<void> {
  const former = await settings.get(SETTING);
  if (former === fingerprint) return;
  if (former !== undefined) {
    throw new StartRefused(
      'this database was made with another secret; all printed codes would die. ' +
        'Set BOLTGATE_SECRET to the secret of before, or put its file back into the data directory',
    );
  }
  await settings.set(SETTING, fingerprint);
}
