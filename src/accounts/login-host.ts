import { hostKind, protocolOf } from '../lnurl/web-url.ts';
import { type Settings, StartRefused } from './start-refused.ts';

const SETTING = 'login_host';

export interface LoginHostQuestion {
  readonly settings: Settings;
  /** Host of the configured login URL, with its port if it has one. */
  readonly authHost: string;
  /** The new host as the operator wrote it down to say that the keys may go. */
  readonly confirmedHost: string | undefined;
  /** How many keys wallets have made for the host of before. */
  readonly countKeys: () => Promise<number>;
}

/**
 * Guards the host of login links. A wallet derives its key from it (LUD-05), so on another host every
 * user is a stranger: the start is refused until the operator says so on purpose (FC-18).
 */
export async function keepLoginHost(question: LoginHostQuestion): Promise<void> {
  const { settings, authHost, confirmedHost, countKeys } = question;
  const former = await settings.get(SETTING);
  if (former === authHost) return;
  if (former !== undefined && confirmedHost !== authHost) {
    const keys = await countKeys();
    if (keys > 0) throw new StartRefused(refusal(former, authHost, keys));
  }
  await settings.set(SETTING, authHost);
}

function refusal(former: string, authHost: string, keys: number): string {
  const whose = keys === 1 ? '1 key was' : `${keys} keys were`;
  return (
    `the login host was ${former} and is now ${authHost}; ${whose} made by wallets for ${former} ` +
    `and would be lost, for on another host a wallet has another key. ` +
    `To keep the old host set BOLTGATE_AUTH_URL=${originOf(former)}, ` +
    `to give the keys up set BOLTGATE_CONFIRM_AUTH_HOST=${authHost}`
  );
}

function originOf(host: string): string {
  const { hostname } = new URL(`http://${host}`);
  return `${protocolOf(hostKind(hostname))}://${host}`;
}
