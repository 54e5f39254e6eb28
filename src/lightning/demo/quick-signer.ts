import { etc, Point } from '@noble/secp256k1';
import type { Random } from '../../random.ts';
import type { Sign } from '../bolt11/signature.ts';

// Signing is most of the cost of an invoice, and multiplying the generator of the curve by a nonce is
// most of signing. Here nonces are prepared in batches that share the inversions which affine
// additions need. It takes no care of constant time: good enough for keys that guard no money, and
// for no others.

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

/** `table[place][digit]` is digit · 256^place · G. For the digit 0 there is nothing to add. */
type Table = readonly (readonly (Affine | undefined)[])[];

const { p: P, n: N } = Point.CURVE();
const SCALAR_BYTES = 32;
/** More shares better, but a batch holds up the process for 4 ms. */
const NONCES_A_BATCH = 64;

/** Signers for demo nodes: many signatures a second, with low s and nonces from `random`. */
export function quickSigners(random: Random): (privateKey: Uint8Array) => Sign {
  let table: Table | undefined;
  let nonces: Nonce[] = [];
  const nextNonce = (): Nonce => {
    const nonce = nonces.pop();
    if (nonce) return nonce;
    table ??= multiplesOfGenerator();
    nonces = prepareNonces(table, random);
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

function prepareNonces(table: Table, random: Random): Nonce[] {
  const scalars = Array.from({ length: NONCES_A_BATCH }, () => drawScalar(random));
  let points: (Affine | undefined)[] = scalars.map(() => undefined);
  // From the lowest place up a sum is always smaller than what is added: never equal, never opposite.
  for (const [place, multiples] of table.entries()) {
    const digits = scalars.map((bytes) => bytes[SCALAR_BYTES - 1 - place] ?? 0);
    const addends = digits.map((digit) => multiples[digit]);
    points = addEach(points, addends);
  }
  const inverses = invertEach(scalars.map(toNumber), N);
  return points.flatMap((point, index) => {
    const inverse = inverses[index];
    if (!point || inverse === undefined) return [];
    const recovery = (point.x >= N ? 2 : 0) | Number(point.y & 1n);
    return [{ inverse, r: mod(point.x, N), recovery }];
  });
}

function drawScalar(random: Random): Uint8Array {
  const bytes = random(SCALAR_BYTES);
  const value = toNumber(bytes);
  return value > 0n && value < N ? bytes : drawScalar(random);
}

function multiplesOfGenerator(): Table {
  const table: (Affine | undefined)[][] = [];
  let base = Point.BASE;
  for (let place = 0; place < SCALAR_BYTES; place += 1) {
    table.push([undefined, base.toAffine(), base.double().toAffine()]);
    for (let bit = 0; bit < 8; bit += 1) base = base.double();
  }
  const bases = table.map((multiples) => multiples[1]);
  for (let digit = 3; digit < 256; digit += 1) {
    const before = table.map((multiples) => multiples[digit - 1]);
    for (const [place, point] of addEach(before, bases).entries()) table[place]?.push(point);
  }
  return table;
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
