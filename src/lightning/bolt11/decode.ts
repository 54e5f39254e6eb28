import type { DescriptionHash, NodeKey, PaymentHash } from '../../hex.ts';
import type { Msat } from '../../msat.ts';
import type { Network } from '../node.ts';
import { checkFeatures } from './features.ts';
import { type Fields, readFields } from './fields.ts';
import { digestOf, type Frame, parseFrame, TIMESTAMP_WORDS } from './frame.ts';
import { parsePrefix } from './prefix.ts';
import type { RouteHint } from './route-hint.ts';
import { isSignedBy, recoverSigner } from './signature.ts';
import { unacceptable } from './unacceptable.ts';
import { wordsToNumber } from './words.ts';

/** What an invoice says. The money part believes the node's own reading; this one refuses early. */
export interface DecodedBolt11 {
  readonly network: Network;
  /** undefined for an invoice that leaves the amount to the payer. */
  readonly amount: Msat | undefined;
  readonly paymentHash: PaymentHash;
  readonly description: string | undefined;
  readonly descriptionHash: DescriptionHash | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** undefined when the signature was not looked at and the invoice does not name its node. */
  readonly payee: NodeKey | undefined;
  /** 32 bytes, lower-case hex; undefined in a blinded invoice. */
  readonly paymentSecret: string | undefined;
  readonly minFinalCltvDelta: number;
  /** Feature bits, lowest first. */
  readonly features: readonly number[];
  readonly routeHints: readonly RouteHint[];
  /** The way to the payee is blinded (bLIP-39): there is no secret, and the payee is a throw-away key. */
  readonly blinded: boolean;
  /** One of p, s, d, h, n, x, c stands twice: readers may disagree, so it is better not paid. */
  readonly doubled: boolean;
}

export interface DecodeOptions {
  /** False for a first cheap look: the signature costs a hundred times as much as all the rest. */
  readonly verifySignature?: boolean;
}

const DEFAULT_EXPIRY_SECONDS = 3600;
const DEFAULT_MIN_FINAL_CLTV_DELTA = 18;

/** Reads an invoice by the rules of BOLT-11; throws `invoice-unacceptable` with a short reason. */
export function decodeBolt11(text: string, options: DecodeOptions = {}): DecodedBolt11 {
  const frame = parseFrame(text.trim());
  const { network, amount } = parsePrefix(frame.prefix);
  const fields = readFields(frame.words, TIMESTAMP_WORDS);
  const { paymentHash, description, descriptionHash, paymentSecret, blinded } = fields;
  const features = fields.features ?? [];

  if (paymentHash === undefined) throw unacceptable('The invoice has no payment hash');
  if (description === undefined && descriptionHash === undefined) {
    throw unacceptable('The invoice has no description');
  }
  if (description !== undefined && descriptionHash !== undefined) {
    throw unacceptable('The invoice has a description and a description hash');
  }
  // A blinded invoice keeps its secret inside the encrypted path (bLIP-39).
  if (paymentSecret === undefined && !blinded)
    throw unacceptable('The invoice has no payment secret');
  if (blinded && fields.routeHints.length > 0) {
    throw unacceptable('The invoice has blinded paths and route hints');
  }
  checkFeatures(features, blinded);

  return {
    network,
    amount,
    paymentHash,
    description,
    descriptionHash,
    ...readTimes(frame, fields),
    payee: options.verifySignature === false ? fields.payee : verifiedPayee(frame, fields),
    paymentSecret,
    minFinalCltvDelta: fields.minFinalCltvDelta ?? DEFAULT_MIN_FINAL_CLTV_DELTA,
    features,
    routeHints: fields.routeHints,
    blinded,
    doubled: fields.doubled,
  };
}

function readTimes({ words }: Frame, fields: Fields): { createdAt: number; expiresAt: number } {
  const createdAt = (wordsToNumber(words, 0, TIMESTAMP_WORDS) ?? 0) * 1000;
  const expiresAt = createdAt + (fields.expirySeconds ?? DEFAULT_EXPIRY_SECONDS) * 1000;
  if (!Number.isSafeInteger(expiresAt)) throw unacceptable('The invoice expires too far from now');
  return { createdAt, expiresAt };
}

function verifiedPayee({ prefix, words, signature }: Frame, { payee }: Fields): NodeKey {
  const digest = digestOf(prefix, words);
  if (payee === undefined) {
    const signer = recoverSigner(signature, digest);
    if (signer === undefined) throw unacceptable('The signature of the invoice is not valid');
    return signer;
  }
  if (!isSignedBy(payee, signature, digest)) {
    throw unacceptable('The signature of the invoice is not of its node');
  }
  return payee;
}
