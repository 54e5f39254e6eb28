import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  isSignedBy,
  nodeKeyOf,
  recoverSigner,
} from '../../../../src/lightning/bolt11/signature.ts';
import { quickSigners } from '../../../../src/lightning/demo/quick-signer.ts';
import type { Random } from '../../../../src/random.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

const KEY = createHash('sha256').update('a key').digest();
const NODE = nodeKeyOf(KEY);
/** More than are made one by one. */
const MANY = 20;

describe('quick signers', () => {
  it('signs so that the key is recovered and the signature is of low s, batch after batch', () => {
    const sign = quickSigners(seededRandom('nonces'))(KEY);
    const digests = Array.from({ length: 100 }, (_, index) =>
      createHash('sha256').update(`message ${index}`).digest(),
    );

    const signatures = digests.map(sign);

    const verdicts = signatures.map((signature, index) => {
      const digest = digests[index] ?? KEY;
      return [isSignedBy(NODE, signature, digest), recoverSigner(signature, digest)];
    });
    expect(new Set(verdicts.flat())).toEqual(new Set([true, NODE]));
    const nonces = signatures.map((signature) => Buffer.from(signature.subarray(0, 32)));
    expect(new Set(nonces.map((nonce) => nonce.toString('hex'))).size).toBe(100);
  });

  it.each([
    ['zero at every place but one', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['zero at the first place', [0, 7, 7, 7, 7, 7, 7, 7]],
    ['the largest', [255, 255, 255, 255, 255, 255, 255, 255]],
  ])('signs with a nonce whose digits are %s', (_, digits) => {
    const usual = seededRandom('steps');
    const random: Random = (sizeBytes) => {
      if (sizeBytes === 32) return usual(sizeBytes);
      return Buffer.concat(digits.map((digit) => Buffer.alloc(sizeBytes / 8, digit)));
    };
    const digest = createHash('sha256').update('a message').digest();

    const sign = quickSigners(random)(KEY);
    const signers = Array.from({ length: MANY }, () => recoverSigner(sign(digest), digest));

    expect(signers).toEqual(Array(MANY).fill(NODE));
  });

  it('draws again when a nonce is 0 or beyond the order of the curve', () => {
    const draws = ['00'.repeat(32), 'ff'.repeat(32)];
    const usual = seededRandom('nonces');
    const random: Random = (sizeBytes) => {
      const draw = draws.pop();
      return draw === undefined ? usual(sizeBytes) : Buffer.from(draw, 'hex');
    };
    const digest = createHash('sha256').update('a message').digest();

    const signature = quickSigners(random)(KEY)(digest);

    expect(recoverSigner(signature, digest)).toBe(NODE);
  });
});
