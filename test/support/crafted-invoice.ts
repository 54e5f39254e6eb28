import { createHmac } from 'node:crypto';
import { featureWords, VAR_ONION } from '../../src/lightning/bolt11/features.ts';
import { TAG } from '../../src/lightning/bolt11/fields.ts';
import { signFrame } from '../../src/lightning/bolt11/frame.ts';
import { type Sign, signerOf } from '../../src/lightning/bolt11/signature.ts';
import { pushBytes, pushNumber, wordsNeeded } from '../../src/lightning/bolt11/words.ts';

/** A tagged field: its number and its 5-bit words. */
export type Field = readonly [tag: number, words: readonly number[]];

export function bytesField(tag: number, data: Uint8Array): Field {
  const words: number[] = [];
  pushBytes(words, data);
  return [tag, words];
}

export function hexField(tag: number, hex: string): Field {
  return bytesField(tag, Buffer.from(hex, 'hex'));
}

export function numberField(tag: number, value: number): Field {
  const words: number[] = [];
  pushNumber(words, value, wordsNeeded(value));
  return [tag, words];
}

/** The fields of an honest invoice; each may be left out, changed or doubled. */
export interface Draft {
  /** Prefix with the amount: `lnbcrt210n` is 21 sat. */
  readonly prefix: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly fields: readonly Field[];
  readonly sign: Sign;
}

/** A key that nobody on the demo network has. */
export const STRANGER: Sign = signerOf(Buffer.alloc(32, 7));

/** Fields that every invoice needs, with an hour to live. */
export function honestFields(hash = '01'.repeat(32)): Readonly<Record<HonestField, Field>> {
  return {
    p: hexField(TAG.p, hash),
    s: hexField(TAG.s, '02'.repeat(32)),
    d: bytesField(TAG.d, Buffer.from('a gift')),
    x: numberField(TAG.x, 3_600),
    c: numberField(TAG.c, 80),
    9: [TAG[9], featureWords([VAR_ONION, 14])],
  };
}

type HonestField = 'p' | 's' | 'd' | 'x' | 'c' | '9';

/** A signed invoice of any fields in any order, also such as no honest wallet would write. */
export function craftInvoice({ prefix, createdAt, fields, sign }: Draft): string {
  const words: number[] = [];
  pushNumber(words, Math.floor(createdAt / 1_000), 7);
  for (const [tag, data] of fields) words.push(tag, data.length >> 5, data.length & 31, ...data);
  return signFrame(prefix, words, sign);
}

/** The key of a node of the demo network with this seed. */
export function demoSigner(seed: Uint8Array, name: 'ours' | 'customer'): Sign {
  return signerOf(createHmac('sha256', seed).update(`demo node: ${name}`).digest());
}
