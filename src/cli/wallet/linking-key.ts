import { createHmac } from 'node:crypto';
import { childKey, HARDENED, masterKey } from './bip32.ts';

const PURPOSE = HARDENED + 138;

/** LUD-05: the private key with which a wallet of this seed logs in to a domain. */
export function linkingKeyOf(seed: Uint8Array, domain: string): Uint8Array {
  const purpose = childKey(masterKey(seed), PURPOSE);
  const hashingKey = childKey(purpose, 0).privateKey;
  return linkingPath(hashingKey, domain).reduce(childKey, purpose).privateKey;
}

/** LUD-05: the four steps below m/138' that belong to a domain. */
export function linkingPath(hashingKey: Uint8Array, domain: string): number[] {
  const digest = createHmac('sha256', hashingKey).update(domain).digest();
  return [0, 4, 8, 12].map((offset) => digest.readUInt32BE(offset));
}
