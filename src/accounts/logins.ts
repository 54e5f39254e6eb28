import { EventEmitter, once } from 'node:events';
import type { Clock } from '../clock.ts';
import { RequestError } from '../errors.ts';
import { type NewEvent, newEvent } from '../events/event.ts';
import { hex32, type K1, type LinkingKey, parseHex32 } from '../hex.ts';
import {
  type LoginVerdict,
  parseLinkingKey,
  parseSignature,
  verifyLogin,
} from '../lnurl/auth/signature.ts';
import type { WalletQuery } from '../lnurl/query.ts';
import { newId, type Random } from '../random.ts';
import { type KeyProof, type Login, type LoginAction, loginAt, loginEventData } from './login.ts';
import type { Receipt } from './receipt.ts';

/** What logins need of the store. */
export interface LoginStore {
  /** Keeps a new login; whatever its browser waited for before is given up. */
  add(login: Login, browser?: BrowserHashes, receipt?: Receipt): Promise<void>;
  /**
   * Verifies a login that is pending at `proof.verifiedAt`, and remembers the key as its action says.
   * undefined when no such login is pending. Throws `keyKnown` and changes nothing when the key had
   * to be new.
   */
  verify(k1: K1, proof: KeyProof, eventOf: (login: Login) => NewEvent): Promise<Login | undefined>;
  find(id: string): Promise<Login | undefined>;
  findByK1(k1: K1): Promise<Login | undefined>;
  findByBrowser(browserHash: string): Promise<Login | undefined>;
  list(limit: number, after: string | undefined): Promise<Login[]>;
  /** Takes out at most `limit` logins that nobody answered and that ended before the moment. */
  removeUnanswered(endedBefore: number, limit: number): Promise<number>;
}

/** Who may turn a login into a session: the browser whose secret has this SHA-256. */
export interface BrowserHashes {
  readonly hash: string;
  /** Of the secret that the same browser had before. */
  readonly formerHash?: string | undefined;
}

export interface LoginWish {
  readonly action?: LoginAction | undefined;
  readonly browser?: BrowserHashes | undefined;
}

interface Parts {
  readonly store: LoginStore;
  readonly clock: Clock;
  readonly random: Random;
}

const K1_BYTES = 32;
const MINUTE_MS = 60_000;

/** Long enough to find the phone, short enough that a photo of the screen is soon worth nothing. */
export const LOGIN_LIFE_MS = 10 * MINUTE_MS;

/** A wallet whose answer got lost asks again, and hears the same for this long (checklist Q-20). */
const REPEAT_MS = MINUTE_MS;

/** Logins that nobody answered are kept for a look, and then go (hazards: growth without end). */
const KEEP_UNANSWERED_MS = 24 * 60 * MINUTE_MS;
const REMOVE_AT_ONCE = 500;

/** Logins with a wallet's key (LUD-04): asked for by a site or a browser, answered by wallets. */
export class Logins {
  readonly #parts: Parts;
  /** Emits the id of each login that this process verified. */
  readonly #verified = new EventEmitter();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#verified.setMaxListeners(0);
  }

  /** Makes a challenge. `receiptOf` writes the answer into the same transaction (FC-31). */
  async create(wish: LoginWish, receiptOf?: (login: Login) => Receipt): Promise<Login> {
    const { store, clock, random } = this.#parts;
    const now = clock.now();
    const login: Login = {
      id: newId('lg', random),
      k1: hex32<K1>(random(K1_BYTES)),
      action: wish.action,
      state: 'pending',
      createdAt: now,
      expiresAt: now + LOGIN_LIFE_MS,
      proof: undefined,
    };
    await store.add(login, wish.browser, receiptOf?.(login));
    return login;
  }

  /**
   * LUD-04: a wallet proves its key. Done when it returns. Only a success uses the k1 up, and the
   * action that was stored with it counts, whatever the query says.
   */
  async answer(query: WalletQuery): Promise<void> {
    const answer = readAnswer(query);
    const login = await this.#parts.store.findByK1(answer.k1);
    if (!login || !this.#isPending(login)) return this.#assertRepeated(login, answer);

    const verdict = verifyLogin(answer);
    if (verdict !== 'valid') throw new RequestError('signature-invalid', REFUSALS[verdict]);
    if (await this.#verify(answer)) return;
    // Somebody was first, and that may have been the same wallet on its other try.
    this.#assertRepeated(await this.#parts.store.findByK1(answer.k1), answer);
  }

  async get(id: string): Promise<Login> {
    const login = await this.#parts.store.find(id);
    if (!login) throw new RequestError('not-found', 'There is no login with this id');
    return loginAt(login, this.#parts.clock.now());
  }

  async list(limit: number, after: string | undefined): Promise<Login[]> {
    const logins = await this.#parts.store.list(limit, after);
    const now = this.#parts.clock.now();
    return logins.map((login) => loginAt(login, now));
  }

  /** The login behind the k1 of a URL, for showing its code. */
  async byK1(text: string): Promise<Login> {
    const k1 = parseHex32<K1>(text);
    const login = k1 && (await this.#parts.store.findByK1(k1));
    if (!login || !this.#isPending(login)) throw noPendingLogin();
    return login;
  }

  /** The login that waits for, or was answered for, the browser with this secret. */
  async byBrowser(browserHash: string): Promise<Login | undefined> {
    const login = await this.#parts.store.findByBrowser(browserHash);
    return login && loginAt(login, this.#parts.clock.now());
  }

  /**
   * Resolves when this process verifies the login, or when the signal aborts. What another replica
   * does is not heard of here: look now and then.
   */
  async verified(id: string, signal: AbortSignal): Promise<void> {
    await once(this.#verified, id, { signal }).catch(() => undefined);
  }

  /** A chore: what nobody answered is not kept for ever. */
  async removeUnanswered(now: number): Promise<void> {
    const { store } = this.#parts;
    const endedBefore = now - KEEP_UNANSWERED_MS;
    while ((await store.removeUnanswered(endedBefore, REMOVE_AT_ONCE)) === REMOVE_AT_ONCE);
  }

  #isPending(login: Login): boolean {
    return loginAt(login, this.#parts.clock.now()).state === 'pending';
  }

  async #verify({ k1, linkingKey, signature }: WalletAnswer): Promise<boolean> {
    const { store, clock, random } = this.#parts;
    const proof = { linkingKey, signature, verifiedAt: clock.now() };
    const verified = await store.verify(k1, proof, (login) =>
      newEvent('login.verified', loginEventData(login, linkingKey), proof.verifiedAt, random),
    );
    if (verified) this.#verified.emit(verified.id);
    return verified !== undefined;
  }

  /** One refusal for all: whether a k1 is unknown, expired or used is nobody's business. */
  #assertRepeated(login: Login | undefined, answer: WalletAnswer): void {
    const proof = login?.proof;
    const repeated =
      proof !== undefined &&
      proof.linkingKey === answer.linkingKey &&
      proof.signature === answer.signature &&
      this.#parts.clock.now() <= proof.verifiedAt + REPEAT_MS;
    if (!repeated) throw noPendingLogin();
  }
}

interface WalletAnswer {
  readonly k1: K1;
  readonly linkingKey: LinkingKey;
  readonly signature: string;
}

const REFUSALS: Readonly<Record<Exclude<LoginVerdict, 'valid'>, string>> = {
  'invalid-key': 'invalid key',
  'invalid-encoding': 'invalid signature encoding',
  'invalid-signature': 'signature verification failed',
};

/** Reads what can be judged without the store; refuses in the order of LUD-04. */
function readAnswer(query: WalletQuery): WalletAnswer {
  // Parameters that a wallet glues on with a second `?` are glued to the k1 (checklist GEN-18).
  const [k1Text = ''] = query.need('k1').split('?', 1);
  const signatureText = query.need('sig');
  const keyText = query.need('key');
  const linkingKey = parseLinkingKey(keyText);
  if (linkingKey === undefined) throw new RequestError('invalid-request', REFUSALS['invalid-key']);
  const signature = parseSignature(signatureText);
  if (signature === undefined) {
    throw new RequestError('invalid-request', REFUSALS['invalid-encoding']);
  }
  const k1 = parseHex32<K1>(k1Text);
  if (k1 === undefined) throw noPendingLogin();
  return { k1, linkingKey, signature };
}

function noPendingLogin(): RequestError {
  return new RequestError(
    'k1-expired',
    'k1 does not match any pending login, please show a new code',
  );
}
