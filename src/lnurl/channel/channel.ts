import { utils } from '@noble/secp256k1';
import { RequestError } from '../../errors.ts';
import { hexToBytes, type K1, type NodeKey, parseHex32, parseKey33 } from '../../hex.ts';
import type { WalletQuery } from '../query.ts';

/** LUD-02, first answer, in the members that the document defines and no others. */
export interface ChannelRequest {
  readonly tag: 'channelRequest';
  /** `pubkey@host:port`: to whom the wallet connects before it calls back. */
  readonly uri: string;
  /** Without a query: wallets append `?k1=` to it whatever stands there. */
  readonly callback: string;
  readonly k1: string;
}

/** LUD-02: where to connect, and where to ask for the channel. */
export function channelRequest(offer: Omit<ChannelRequest, 'tag'>): ChannelRequest {
  const { uri, callback, k1 } = offer;
  return { tag: 'channelRequest', uri, callback, k1 };
}

/** What a wallet says in its second call. */
export type ChannelCall =
  | { readonly kind: 'cancel'; readonly k1: K1 }
  | {
      readonly kind: 'open';
      readonly k1: K1;
      readonly nodeKey: NodeKey;
      /** undefined when the wallet leaves it to us. */
      readonly private: boolean | undefined;
    };

/** LUD-02, second call. `cancel=1` wins over everything else that it says (LUD02-4). */
export function readChannelCall(query: WalletQuery): ChannelCall {
  // Parameters that a wallet glues on with a second `?` are glued to the k1 (checklist GEN-18).
  const [k1Text = ''] = query.need('k1').split('?', 1);
  const k1 = parseHex32<K1>(k1Text);
  if (!k1) throw invalid('invalid k1');
  if (readFlag(query, 'cancel')) return { kind: 'cancel', k1 };
  const nodeKey = parseNodeKey(query.need('remoteid'));
  if (!nodeKey) throw invalid('invalid remoteid');
  return { kind: 'open', k1, nodeKey, private: readFlag(query, 'private') };
}

/** A flag of the query: undefined when it is not given, or empty. */
function readFlag(query: WalletQuery, name: 'private' | 'cancel'): boolean | undefined {
  const text = query.get(name);
  if (text === undefined || text === '') return undefined;
  if (text !== '0' && text !== '1') throw invalid(`invalid ${name} flag`);
  return text === '1';
}

/** A compressed point that is on the curve (LUD02-3). */
function parseNodeKey(text: string): NodeKey | undefined {
  const key = parseKey33<NodeKey>(text);
  return key !== undefined && utils.isValidPublicKey(hexToBytes(key), true) ? key : undefined;
}

function invalid(message: string): RequestError {
  return new RequestError('invalid-request', message);
}
