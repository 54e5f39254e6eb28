/** Longest name of a member that an answer repeats. */
const MAX_NAME_LENGTH = 100;

/** JSON pointer (RFC 6901) to a place in a body; a name that is too long stands for itself as `…`. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${token(String(step))}`).join('');
}

function token(name: string): string {
  if (name.length > MAX_NAME_LENGTH) return '…';
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
