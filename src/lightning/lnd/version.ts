/** Below this LND keeps no note with a channel, by which one is found again after a crash. */
export const LEAST_LND = '0.17.0';
/** What the adapter has been run against. */
export const TRIED_LND = '0.21.0';

/** Whether a version such as `0.21.2-beta commit=…` is at least another; undefined when it is none. */
export function isAtLeast(version: string, least: string): boolean | undefined {
  const [ours, theirs] = [version, least].map(partsOf);
  if (!ours || !theirs) return undefined;
  const index = ours.findIndex((part, at) => part !== theirs[at]);
  return index === -1 || (ours[index] ?? 0) > (theirs[index] ?? 0);
}

function partsOf(version: string): readonly number[] | undefined {
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  return parts?.slice(1, 4).map((part) => Number(part ?? 0));
}
