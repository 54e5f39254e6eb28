import type { LndNode } from './network/lnd.ts';

/** What a server must be told to run on a node, with the macaroon that may do everything. */
export function lndSettings(node: LndNode): Readonly<Record<string, string>> {
  return {
    BOLTGATE_NODE: 'lnd',
    BOLTGATE_LND_HOST: node.host,
    // Certificate and macaroon are read from files, and read again when they change.
    BOLTGATE_LND_CERT_FILE: node.certPath,
    BOLTGATE_LND_MACAROON_FILE: node.macaroonPath,
  };
}

/** What a customer's wallet must be told to be on a node. */
export function walletSettings(node: LndNode): Readonly<Record<string, string>> {
  return {
    BOLTGATE_WALLET_LND_HOST: node.host,
    BOLTGATE_WALLET_LND_CERT_FILE: node.certPath,
    BOLTGATE_WALLET_LND_MACAROON_FILE: node.macaroonPath,
  };
}
