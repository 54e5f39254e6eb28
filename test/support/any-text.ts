import fc from 'fast-check';

const SURROGATES_FROM = 0xd800;
const SURROGATES = 0x800;
const LAST = 0x10ffff;

/** Any code point, near zero more often. fast-check's own units first build a table for a second. */
const codePoint = fc
  .oneof(fc.nat({ max: 0xff }), fc.nat({ max: LAST - SURROGATES }))
  .map((nth) => String.fromCodePoint(nth < SURROGATES_FROM ? nth : nth + SURROGATES));

/** Any well-formed text, its length counted in code points. */
export function anyText(length: { minLength?: number; maxLength?: number } = {}) {
  return fc.string({ ...length, unit: codePoint });
}
