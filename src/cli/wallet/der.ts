const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** The DER form of a signature r ‖ s, which LUD-04 wants. */
export function derFromCompact(compact: Uint8Array): Uint8Array {
  const integers = [...integer(compact.subarray(0, 32)), ...integer(compact.subarray(32, 64))];
  return Uint8Array.of(SEQUENCE, integers.length, ...integers);
}

/** The shortest form; a zero in front keeps a high first bit from meaning a negative number. */
function integer(bytes: Uint8Array): number[] {
  const start = bytes.findIndex((byte) => byte !== 0);
  const magnitude = start < 0 ? [0] : [...bytes.subarray(start)];
  if ((magnitude[0] ?? 0) >= 0x80) magnitude.unshift(0);
  return [INTEGER, magnitude.length, ...magnitude];
}
