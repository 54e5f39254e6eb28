/** How a cell begins that a spreadsheet would take for a formula, and compute (hazard 3.24). */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** Characters that need quotes around their cell (RFC 4180). */
const SPECIAL = /[",\r\n]/;

/** One line of CSV (RFC 4180). A cell that is undefined is empty. */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: string | number | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
