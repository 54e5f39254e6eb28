/** A moment as a page without scripts shows it; pay.js turns it into the reader's own time. */
export function timeText(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
