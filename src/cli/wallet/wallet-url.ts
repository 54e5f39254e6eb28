import { hostKind, parseWebUrl, protocolOf } from '../../lnurl/web-url.ts';

/** Whether a wallet follows a URL (LUD-01): https, or http for an onion and for this machine. */
export function isWalletUrl(text: string): boolean {
  const url = parseWebUrl(text);
  if (!url) return false;
  const kind = hostKind(url.hostname);
  if (kind === 'other') return false;
  return url.protocol === 'https:' || protocolOf(kind) === 'http';
}
