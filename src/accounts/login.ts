import { RequestError } from '../errors.ts';
import type { LoginEventData } from '../events/event.ts';
import type { K1, LinkingKey } from '../hex.ts';

/** LUD-04: what a site may want a login for. */
export const LOGIN_ACTIONS = ['register', 'login', 'link', 'auth'] as const;
export type LoginAction = (typeof LOGIN_ACTIONS)[number];

/**
 * pending ──► verified    a wallet proved its key over k1
 *    └──────► expired     its time is over
 *
 * The two on the right are final. Nobody writes `expired` down: it is what a pending login is shown
 * as once its time is over. One that its browser gave up for another is taken away.
 */
export type LoginState = 'pending' | 'verified' | 'expired';

/** A challenge for a wallet (LUD-04). Times are milliseconds since 1970. */
export interface Login {
  readonly id: string;
  readonly k1: K1;
  /** What the site asked for; what the wallet says about it counts for nothing. */
  readonly action: LoginAction | undefined;
  readonly state: LoginState;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly proof: KeyProof | undefined;
}

/** The key that a wallet has, and the signature that proved it. */
export interface KeyProof {
  readonly linkingKey: LinkingKey;
  readonly signature: string;
  readonly verifiedAt: number;
}

/** A login as it is at this moment. */
export function loginAt(login: Login, now: number): Login {
  const over = login.state === 'pending' && now >= login.expiresAt;
  return over ? { ...login, state: 'expired' } : login;
}

/** What becomes of a key (LUD-04): a known one is refused where a new one is wanted. */
export const KEY_RULES = {
  register: { remembers: true, refusal: 'key already registered' },
  link: { remembers: true, refusal: 'key already linked' },
  login: { remembers: true, refusal: undefined },
  auth: { remembers: false, refusal: undefined },
} as const satisfies Record<LoginAction, KeyRule>;

interface KeyRule {
  readonly remembers: boolean;
  readonly refusal: string | undefined;
}

/** The rule of a login; one without an action is a plain login. */
export function keyRuleOf({ action }: Login): KeyRule {
  return KEY_RULES[action ?? 'login'];
}

/** What the wallet of a known key is told. Nothing else is refused so, and the k1 stays good. */
export function keyKnown(refusal: string): RequestError {
  return new RequestError('invalid-request', refusal);
}

/** What events say of a verified login: never its k1. */
export function loginEventData({ id, action }: Login, linkingKey: LinkingKey): LoginEventData {
  return { id, linkingKey, ...(action !== undefined && { action }) };
}
