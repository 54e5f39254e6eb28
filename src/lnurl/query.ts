import { RequestError } from '../errors.ts';

/** A parameter glued on with a second `?` by a wallet that did not look for the first one. */
const GLUED = /\?(?=(?:amount|k1|remoteid|sig|key|nonce)=)/g;

/**
 * The query of a wallet's call, read the same way for every flow: form encoding, any order, unknown
 * names ignored (LUD-01; checklist GEN-15, GEN-16). No value is ever a list or an object.
 */
export class WalletQuery {
  readonly #raw: string;
  readonly #parsed: URLSearchParams;
  #repaired: URLSearchParams | undefined;

  /** `raw` is what stands behind the first `?` of the request target, undecoded. */
  constructor(raw: string) {
    this.#raw = raw;
    this.#parsed = new URLSearchParams(raw);
  }

  /**
   * The value of a parameter, or undefined when it is missing. Given twice with the same value it
   * counts once; with different values nobody knows which was meant, and the call is refused.
   */
  get(name: string): string | undefined {
    return one(name, this.#parsed) ?? this.#fromRepaired(name);
  }

  /** As `get`, and an empty value is a missing one. Throws when there is none. */
  need(name: string): string {
    const value = this.get(name);
    if (!value) throw new RequestError('invalid-request', `missing ${name}`);
    return value;
  }

  /** GEN-18: only looked at when the plain reading lacks the parameter. */
  #fromRepaired(name: string): string | undefined {
    if (!this.#raw.includes('?')) return undefined;
    this.#repaired ??= new URLSearchParams(this.#raw.replace(GLUED, '&'));
    return one(name, this.#repaired);
  }
}

function one(name: string, from: URLSearchParams): string | undefined {
  const [value, ...others] = from.getAll(name);
  if (others.some((other) => other !== value)) {
    throw new RequestError('invalid-request', `duplicate parameter ${name}`);
  }
  return value;
}
