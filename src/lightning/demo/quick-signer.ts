import { createECDH } from 'node:crypto';
import { etc, Point } from '@noble/secp256k1';
import type { Random } from '../../random.ts';
import type { Sign } from '../bolt11/signature.ts';

// Signing is most of the cost of an invoice, and multiplying the generator of the curve by a nonce is
// most of signing. Here nonces are prepared in batches that share the inversions which affine
// additions need, as sums of small multiples of a few secret points. It takes no care of constant
// time, and nonces of one process are related: good enough for keys that guard no money, and for no
// others.

interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

/** All of a signature that does not depend on what is signed. */
interface Nonce {
  readonly inverse: bigint;
  readonly r: bigint;
  readonly recovery: number;
}

/** A secret multiple of the generator, with all small multiples of it: `multiples[d]` is d · k · G. */
interface Step {
  readonly scalar: bigint;
  readonly multiples: readonly (Affine | undefined)[];
}

const { p: P, n: N } = Point.CURVE();
const SCALAR_BYTES = 32;
/** Secret points; a nonce takes a multiple below 256 of each, so 64 bits of chance. */
const STEPS = 8;
/** More shares better, but a batch holds up the process for 4 ms. */
const NONCES_A_BATCH = 64;
/** The points cost as much as this many nonces made one by one: who signs little does without. */
const SINGLE_NONCES = 16;

/** Signers for demo nodes: many signatures a second, with low s and nonces from `random`. */
export function quickSigners(random: Random): (privateKey: Uint8Array) => Sign {
  let steps: readonly Step[] | undefined;
  let nonces: Nonce[] = [];
  let singles = 0;
  const nextNonce = (): Nonce => {
    const nonce = nonces.pop();
    if (nonce) return nonce;
    if (singles < SINGLE_NONCES) {
      singles++;
      return singleNonce(random);
    }
    steps ??= drawSteps(random);
    nonces = prepareNonces(steps, random);
    return nextNonce();
  };
  return (privateKey) => {
    const key = toNumber(privateKey);
    return (digest) => signWith(nextNonce(), key, toNumber(digest));
  };
}

function signWith({ inverse, r, recovery }: Nonce, key: bigint, digest: bigint): Uint8Array {
  const s = mod(inverse * (digest + r * key), N);
  const isHigh = s > N >> 1n;
  const signature = Buffer.from(`${toHex32(r)}${toHex32(isHigh ? N - s : s)}00`, 'hex');
  signature[64] = isHigh ? recovery ^ 1 : recovery;
  return signature;
}

function singleNonce(random: Random): Nonce {
  const scalar = drawScalar(random);
  const pair = createECDH('secp256k1');
  pair.setPrivateKey(toHex32(scalar), 'hex');
  // SEC 1, 2.3.3: a byte for the form, then x and y.
  const point = pair.getPublicKey();
  const x = toNumber(point.subarray(1, 1 + SCALAR_BYTES));
  const y = toNumber(point.subarray(1 + SCALAR_BYTES));
  return nonceOf({ x, y }, etc.invert(scalar, N));
}

function nonceOf({ x, y }: Affine, inverse: bigint): Nonce {
  return { inverse, r: mod(x, N), recovery: (x >= N ? 2 : 0) | Number(y & 1n) };
}

function prepareNonces(steps: readonly Step[], random: Random): Nonce[] {
  const digits = random(NONCES_A_BATCH * steps.length);
  let points: (Affine | undefined)[] = Array.from({ length: NONCES_A_BATCH }, () => undefined);
  const scalars = new Array<bigint>(NONCES_A_BATCH).fill(0n);
  for (const [place, { scalar, multiples }] of steps.entries()) {
    const chosen = scalars.map((_, index) => digits[place * NONCES_A_BATCH + index] ?? 0);
    points = addEach(
      points,
      chosen.map((digit) => multiples[digit]),
    );
    for (const [index, digit] of chosen.entries()) {
      scalars[index] = mod((scalars[index] ?? 0n) + BigInt(digit) * scalar, N);
    }
  }
  // A nonce of zero has no inverse; it takes eight zero digits, and is as likely as a guessed key.
  const inverses = invertEach(
    scalars.map((scalar) => scalar || 1n),
    N,
  );
  return points.flatMap((point, index) => {
    const inverse = inverses[index];
    return point && inverse !== undefined ? [nonceOf(point, inverse)] : [];
  });
}

function drawScalar(random: Random): bigint {
  const value = toNumber(random(SCALAR_BYTES));
  return value > 0n && value < N ? value : drawScalar(random);
}

function drawSteps(random: Random): readonly Step[] {
  const scalars = Array.from({ length: STEPS }, () => drawScalar(random));
  const bases = scalars.map((scalar) => Point.BASE.multiply(scalar));
  const columns: (Affine | undefined)[][] = bases.map((base) => [
    undefined,
    base.toAffine(),
    base.double().toAffine(),
  ]);
  const ones = columns.map((multiples) => multiples[1]);
  for (let digit = 3; digit < 256; digit += 1) {
    const before = columns.map((multiples) => multiples[digit - 1]);
    for (const [place, point] of addEach(before, ones).entries()) columns[place]?.push(point);
  }
  return columns.map((multiples, place) => ({ scalar: scalars[place] ?? 0n, multiples }));
}

/** Adds point by point, none of which may be equal or opposite; a missing point adds nothing. */
function addEach(
  points: readonly (Affine | undefined)[],
  addends: readonly (Affine | undefined)[],
): (Affine | undefined)[] {
  const widths = points.map((point, index) => {
    const addend = addends[index];
    return point && addend ? mod(addend.x - point.x, P) : 1n;
  });
  const inverses = invertEach(widths, P);
  return points.map((point, index) => {
    const addend = addends[index];
    const inverse = inverses[index];
    if (!point || !addend || inverse === undefined) return point ?? addend;
    const slope = mod((addend.y - point.y) * inverse, P);
    const x = mod(slope * slope - point.x - addend.x, P);
    return { x, y: mod(slope * (point.x - x) - point.y, P) };
  });
}

/** The inverses of all numbers for the price of one, and three multiplications each. */
function invertEach(numbers: readonly bigint[], modulus: bigint): bigint[] {
  let product = 1n;
  const products = numbers.map((number) => {
    const before = product;
    product = (product * number) % modulus;
    return before;
  });
  let inverse = etc.invert(product, modulus);
  return numbers.reduceRight<bigint[]>((inverses, number, index) => {
    inverses[index] = ((products[index] ?? 1n) * inverse) % modulus;
    inverse = (inverse * number) % modulus;
    return inverses;
  }, new Array(numbers.length));
}

function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toHex32(value: bigint): string {
  return value.toString(16).padStart(64, '0');
}
