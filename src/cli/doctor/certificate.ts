import type { LndConfig } from '../../config/lnd.ts';
import type { ContactHealth } from '../../lightning/lnd/contact.ts';
import { lookAtCertificate } from '../../lightning/lnd/shown-certificate.ts';
import { type Check, fail, ok, warn } from './check.ts';

const PATIENCE_MS = 4_000;
const DAY_MS = 86_400_000;
const SOON_DAYS = 30;

/** FC-22: whether the certificate that LND shows is trusted, which names it has, and for how long. */
export async function checkCertificate(
  { host }: LndConfig,
  { kind, words }: ContactHealth,
  now: number,
): Promise<readonly Check[]> {
  const name = 'node certificate';
  if (kind === 'certificate') return [fail(name, words ?? 'is not trusted')];
  const shown = kind === 'unreachable' ? undefined : await lookAtCertificate(host, PATIENCE_MS);
  if (!shown) return [];
  const days = Math.floor((shown.until - now) / DAY_MS);
  const finding = `for ${shown.names}; ${days} days left`;
  if (days >= SOON_DAYS) return [ok(name, finding)];
  const advice = 'stop LND, delete its tls.cert and tls.key, start it, and copy tls.cert again';
  return [warn(name, finding, advice)];
}
