import { addressKey } from './address-key.ts';
import { MemoryLimit, type Rate, type RequestLimit } from './request-limit.ts';

/**
 * What one address may do that costs something: ask for invoices, claim, log in. The server of a
 * wallet that keeps its users' money asks for thousands of them from one address, so this is much,
 * and still a hundredth of what a node makes of it.
 */
export const ACTS_PER_ADDRESS: Rate = { requests: 1_200, windowSeconds: 60 };

/**
 * What one address may do on one link. A limit over all callers of a link would be a switch with which
 * any stranger who has read a poster closes it for all others; what a crowd costs is bounded by the
 * caps on open invoices and by the queue in front of the node.
 */
export const ACTS_PER_ADDRESS_AND_LINK: Rate = { requests: 600, windowSeconds: 60 };

/** A token is 26 characters of base32; nothing else is worth a place in memory. */
const TOKEN = /^[a-z2-7]{26}$/;

/** How much a stranger may cost us. Information calls are outside of it (FC-26). */
export class CallerLimits {
  readonly #byAddress: RequestLimit = new MemoryLimit(ACTS_PER_ADDRESS);
  readonly #byLink: RequestLimit = new MemoryLimit(ACTS_PER_ADDRESS_AND_LINK);

  /** Counts one act. Answers how long to wait when it is one too many, undefined when it is let in. */
  async take(caller: string, token: string | undefined): Promise<number | undefined> {
    const address = addressKey(caller);
    if (address === undefined) return undefined;
    const waitMs = await this.#byAddress.take(address);
    // Whoever is refused makes no new key: an address has no more links than it has acts.
    if (waitMs !== undefined || token === undefined || !TOKEN.test(token)) return waitMs;
    return await this.#byLink.take(`${address} ${token}`);
  }
}
